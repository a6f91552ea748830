"""Read the multipart form of script uploads."""

from typing import Annotated

from fastapi import Depends, Form, UploadFile
from pydantic import TypeAdapter, ValidationError

from app.errors import InvalidError
from app.readers.pool import Disconnect
from app.scripts.upload import Upload
from app.text import OneLine
from characters.scripts.tables.columns import ColumnNames

_ALIASES_CHARACTERS = 500_000

FormText = Annotated[str | None, Form(max_length=300)]
_Names = dict[Annotated[str, OneLine], Annotated[str, OneLine]]
_names: TypeAdapter[_Names] = TypeAdapter(_Names)


def name_columns(
    speaker_column: FormText = None, line_column: FormText = None, scene_column: FormText = None
) -> ColumnNames | None:
    """Return the table columns named in the form, None if it names none."""
    if not (speaker_column or line_column or scene_column):
        return None
    return ColumnNames(speaker_column or None, line_column or None, scene_column or None)


def read_aliases(
    aliases: Annotated[
        str | None,
        Form(
            max_length=_ALIASES_CHARACTERS,
            description="Names that stand for others, as a JSON object: `{alias: name}`.",
        ),
    ] = None,
) -> dict[str, str]:
    """Return the aliases of the form; raise ``InvalidError`` ``invalid_aliases`` if malformed."""
    if not aliases:
        return {}
    try:
        return _names.validate_json(aliases)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise InvalidError(
            "invalid_aliases",
            f"aliases must be a JSON object that gives a name for each alias: {problem}.",
        ) from error


NamedColumns = Annotated[ColumnNames | None, Depends(name_columns)]
Aliases = Annotated[dict[str, str], Depends(read_aliases)]


def to_upload(
    file: UploadFile,
    title: str | None,
    format: str | None,
    encoding: str | None,
    columns: ColumnNames | None,
    aliases: dict[str, str] | None = None,
    disconnect: Disconnect | None = None,
) -> Upload:
    """Return the upload in the multipart form; empty fields count as absent."""
    return Upload(
        file=file.file,
        filename=file.filename or "",
        size=file.size or 0,
        title=title or None,
        format=format or None,
        encoding=encoding or None,
        columns=columns,
        aliases=aliases or {},
        disconnect=disconnect,
    )
