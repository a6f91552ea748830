"""Build answers that a browser saves as files."""

from typing import Any
from urllib.parse import quote

from fastapi import Response


def attachment_headers(filename: str) -> dict[str, str]:
    """Return the headers of a file, whose name may be in any script (RFC 6266, 4.1; RFC 8187)."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Cache-Control": "no-store",
    }


def attachment(content: bytes | str, media_type: str, filename: str) -> Response:
    """Return a response that the browser saves as ``filename``."""
    return Response(content, media_type=media_type, headers=attachment_headers(filename))


def file_responses(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that sends a file of one of the ``media_types``."""
    bytes_ = {"type": "string", "format": "binary"}
    schemas = {each: {} if each == "application/json" else bytes_ for each in media_types}
    return {200: {"content": {each: {"schema": schema} for each, schema in schemas.items()}}}
