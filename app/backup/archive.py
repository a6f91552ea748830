"""Write and read backup files: a ZIP with a manifest and a JSON Lines member for each table.

``tables/NAME.jsonl`` has one row a line, an array of values in the order of the manifest's
columns (:mod:`app.backup.values`). ``manifest.json`` names their schema, and the rows, bytes
and SHA-256 of each member.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from pydantic import ValidationError

from app.backup.errors import BackupError
from app.backup.manifest import Manifest, TableEntry
from app.backup.values import JsonScalar, Kind

MANIFEST = "manifest.json"

_MANIFEST_BYTES = 1_000_000
_ROW_BYTES = 1_000_000_000
"""The longest line that is read, longer than the row of any upload."""
_CHUNK = 1 << 20

Progress = Callable[[str, int, int], None]
"""Takes a step, and the rows or bytes that are done and in all."""


class ArchiveWriter:
    """Write a backup table by table, the manifest last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.tables: list[TableEntry] = []
        """The tables written so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @contextmanager
    def table(self, name: str, columns: Mapping[str, Kind]) -> Iterator["TableWriter"]:
        """Yield a writer for the rows of a table; one table at a time."""
        with self._zip.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
            writer = TableWriter(member)
            yield writer
        self.tables.append(
            TableEntry(
                name=name,
                columns=dict(columns),
                rows=writer.rows,
                bytes=writer.bytes,
                sha256=writer.digest.hexdigest(),
            )
        )

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=2))


class TableWriter:
    """Write the rows of one table, and count what the manifest records of them."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member
        self.rows = 0
        self.bytes = 0
        self.digest = hashlib.sha256()

    def write(self, rows: Iterable[Sequence[JsonScalar]]) -> None:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            content = line.encode() + b"\n"
            self._member.write(content)
            self.rows += 1
            self.bytes += len(content)
            self.digest.update(content)


class ArchiveReader:
    """Read a backup, and raise :class:`BackupError` for any content that cannot be trusted."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise BackupError(f"There is no file {path}.") from error
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
        except zipfile.BadZipFile as error:
            raise BackupError(
                f"{path} is not a backup, or only a part of one: it is no whole ZIP file."
            ) from error
        try:
            self.manifest = self._read_manifest(path)
            self._check_members()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def verify(self, on_progress: Progress) -> None:
        """Read every table once and compare it with the manifest, byte for byte."""
        for table in self.manifest.tables:
            digest, lines, size = hashlib.sha256(), 0, 0
            for chunk in self._chunks(table):
                digest.update(chunk)
                lines += chunk.count(b"\n")
                size += len(chunk)
                if size > table.bytes:
                    break
                on_progress(f"checking {table.name}", size, table.bytes)
            if (digest.hexdigest(), lines, size) != (table.sha256, table.rows, table.bytes):
                raise _damaged(table, "its checksum is not the manifest's")

    def rows(self, table: TableEntry) -> Iterator[tuple[list[JsonScalar], int]]:
        """Yield each row of a table, as values in the order of its columns, and its bytes."""
        with self._zip.open(table.member) as member:
            while line := member.readline(_ROW_BYTES + 1):
                if len(line) > _ROW_BYTES:
                    raise _damaged(table, f"a row is longer than {_ROW_BYTES:,} bytes")
                row = _parse(table, line)
                if not isinstance(row, list) or len(row) != len(table.columns):
                    raise _damaged(table, f"a row is not a list of {len(table.columns)} values")
                yield row, len(line)

    def _chunks(self, table: TableEntry) -> Iterator[bytes]:
        try:
            with self._zip.open(table.member) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise _damaged(table, str(error) or "it ends too early") from error

    def _read_manifest(self, path: Path) -> Manifest:
        try:
            with self._zip.open(MANIFEST) as member:
                content = member.read(_MANIFEST_BYTES)
        except (KeyError, zipfile.BadZipFile, RuntimeError) as error:
            raise BackupError(f"{path} is not a backup of Offbook: it has no manifest.") from error
        try:
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise BackupError(
                f"{path} is not a backup that this version can read "
                f"(manifest, {where or 'as a whole'}: {problem['msg']})."
            ) from error

    def _check_members(self) -> None:
        expected = sorted([MANIFEST, *(table.member for table in self.manifest.tables)])
        if sorted(self._zip.namelist()) != expected:
            raise BackupError(
                "The archive is damaged: its files are not those that its manifest names."
            )


def _parse(table: TableEntry, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(table, f"a row is not JSON: {error}") from error


def _damaged(table: TableEntry, why: str) -> BackupError:
    return BackupError(
        f"The archive is damaged at {table.member}: {why}. Nothing was changed; "
        "use another copy of the backup."
    )
