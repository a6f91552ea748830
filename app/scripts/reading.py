"""Opening an upload within this installation's limits."""

from app.errors import TooLargeError
from app.scripts.upload import Upload
from app.settings import LimitSettings
from characters.scripts.model import ParseLimits
from characters.scripts.reader import ScriptReading, read_script


def open_upload(upload: Upload, limits: LimitSettings) -> ScriptReading:
    """Find out how an upload is written; it blocks while its encoding is checked.

    Raises ``TooLargeError`` and what ``read_script`` raises.
    """
    if upload.size > limits.upload_bytes:
        raise TooLargeError(
            "too_large",
            f"This is larger than the limit of {limits.upload_bytes:,} bytes. Nothing was stored.",
            limit_bytes=limits.upload_bytes,
        )
    return read_script(
        upload.file,
        upload.filename,
        format=upload.format,
        encoding=upload.encoding,
        columns=upload.columns,
        aliases=upload.aliases,
        limits=ParseLimits(
            line_characters=limits.line_characters,
            lines=limits.script_lines,
            record_characters=limits.record_characters,
            table_cells=limits.table_cells,
            page_bytes=limits.page_bytes,
            archive_entries=limits.archive_entries,
            archive_bytes=limits.archive_bytes,
            archive_nesting=limits.archive_nesting,
        ),
    )
