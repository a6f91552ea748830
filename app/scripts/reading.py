"""Set up the reading of an upload within the limits of the settings."""

from app.errors import TooLargeError
from app.readers.jobs import ReadScript
from app.scripts.upload import Upload
from app.settings import LimitSettings
from characters.scripts.model import ParseLimits


def reading_job(
    upload: Upload, limits: LimitSettings, *, items: bool, rejections: int | None = None
) -> ReadScript:
    """Return the job that reads ``upload``, with its ``items`` if they are wanted.

    At most ``rejections`` are listed; None: as many as the settings say. Raises
    ``TooLargeError``.
    """
    if upload.size > limits.upload_bytes:
        raise TooLargeError(
            "too_large",
            f"This is larger than the limit of {limits.upload_bytes:,} bytes. Nothing was stored.",
            limit_bytes=limits.upload_bytes,
        )
    return ReadScript(
        filename=upload.filename,
        format=upload.format,
        encoding=upload.encoding,
        columns=upload.columns,
        aliases=dict(upload.aliases),
        rejections=limits.reported_rejections if rejections is None else rejections,
        items=items,
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
