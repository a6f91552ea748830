"""Answers that a browser saves as files."""

from urllib.parse import quote

from fastapi import Response


def attachment_headers(filename: str) -> dict[str, str]:
    """Headers of a file with a name in any script (RFC 6266, section 4.1; RFC 8187)."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Cache-Control": "no-store",
    }


def attachment(content: bytes | str, media_type: str, filename: str) -> Response:
    """A file to be saved."""
    return Response(content, media_type=media_type, headers=attachment_headers(filename))
