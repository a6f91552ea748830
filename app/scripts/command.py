"""Check a script from the command line: print an upload's report without a service."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.errors import AppError
from app.readers.process import ReaderProcess
from app.readers.reading import Reading
from app.readers.wire import Progress
from app.scripts.reading import reading_job
from app.scripts.reports import report_upload
from app.scripts.schemas import ScriptReport
from app.scripts.upload import Upload
from app.settings import LimitSettings, Settings
from characters.errors import ScriptError
from characters.scripts.findings import Findings
from characters.scripts.tables.columns import ColumnNames

_SPEAKERS = 30
_REJECTIONS = 50

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def check_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    format: Annotated[str | None, typer.Option(help="Overrides what is detected.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Overrides what is detected.")] = None,
    speaker_column: Annotated[str | None, typer.Option(help="Of a table.")] = None,
    line_column: Annotated[str | None, typer.Option(help="Of a table.")] = None,
    scene_column: Annotated[str | None, typer.Option(help="Of a table.")] = None,
    alias: Annotated[
        list[str] | None,
        typer.Option(help="“Alias=Name”: lines of the one are the other's. Can be repeated."),
    ] = None,
) -> None:
    """Read a script as an upload would, and report; nothing is stored."""
    named = ColumnNames(speaker_column, line_column, scene_column)
    with file.open("rb") as opened:
        upload = Upload(
            opened,
            file.name,
            file.stat().st_size,
            title="check",
            format=format,
            encoding=encoding,
            columns=None if named == ColumnNames() else named,
            aliases=dict(_read_alias(text) for text in alias or []),
        )
        try:
            _print(_read(upload, Settings().limits))
        except (ScriptError, AppError) as error:
            err.print(str(error), style="red", markup=False)
            raise typer.Exit(1) from error


def _read(upload: Upload, limits: LimitSettings) -> ScriptReport:
    """Read the file as the service does: in a separate process, within the same limits."""
    job = reading_job(upload, limits, items=False, rejections=_REJECTIONS)
    process = ReaderProcess(limits.reading_megabytes)
    try:
        with err.status("") as status:
            reading = Reading(
                process,
                job,
                upload.file,
                seconds=limits.reading_seconds,
                megabytes=limits.reading_megabytes,
                on_progress=lambda progress: status.update(_how_far(progress)),
            )
            found = reading.take()
    finally:
        process.end()
    assert isinstance(found, Findings)  # noqa: S101 (its items were not asked for)
    return report_upload(upload, found)


def _how_far(progress: Progress) -> str:
    return f"{progress.format}: row {progress.row:,}, {progress.lines:,} lines"


def _read_alias(text: str) -> tuple[str, str]:
    alias, equals, name = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"“{text}” is not “Alias=Name”.")
    return alias.strip(), name.strip()


def _print(report: ScriptReport) -> None:
    _say(
        f"{report.format}, {report.encoding} (confidence {report.encoding_confidence:.2f}): "
        f"{report.scenes} scenes, {report.lines} lines"
    )
    if report.other_kind is not None:
        kind = report.other_kind
        _say(f"This is plainly no script ({kind.code}). {kind.reason}", style="red")
    if report.columns is not None:
        columns = report.columns
        _say(f"Columns: {columns.speaker} says {columns.line}, scenes: {columns.scene or 'none'}")
    for speaker in report.speakers[:_SPEAKERS]:
        _say(f"  {speaker.lines:6d}  {speaker.name}")
    for merge in report.merges:
        _say(f"  {merge.alias} may be {merge.name}: {merge.reason}")
    for item in report.rejected:
        place = f"row {item.row}" if item.part is None else f"{item.part}, row {item.row}"
        _say(f"  {place}: {item.reason}  {item.text!r}", style="yellow")
    if report.rejected_total:
        codes = ", ".join(f"{count} {code}" for code, count in report.rejected_by_code.items())
        _say(f"{report.rejected_total} rows were rejected, or a part of them: {codes}.")
    if report.unattributed_share is not None:
        _say(f"{report.unattributed_share:.0%} of the quoted speech names no speaker.")


def _say(text: str, style: str | None = None) -> None:
    out.print(text, markup=False, style=style)
