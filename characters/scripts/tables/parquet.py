"""Read Parquet files, in which data sets are published, as the same records in JSON.

pyarrow reads them; it is the extra ``parquet``, for it is as large as all other readers together.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.json.script import read_records
from characters.scripts.model import ParseItem, ParseLimits
from characters.scripts.tables.columns import GUESSED

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_MAGIC = b"PAR1"
_BATCH_ROWS = 256


class Parquet:
    """Read one record a row, its columns being the fields of the same record in JSON.

    A record with a dialogue is a scene; any other is a line, its columns found by name.
    """

    name = "parquet"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file begins as Parquet."""
        return head.startswith(_MAGIC)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Read the file's schema; see ``ContainerFormat.open``.

        Raises ``ScriptError``: ``parquet_unavailable`` without pyarrow, ``invalid_parquet``, and
        ``too_large``.
        """
        _open(file, request.limits)
        columns = request.columns or GUESSED
        limits = request.limits

        def parse() -> Iterator[ParseItem]:
            rows = ([row] for row in _read_rows(_open(file, limits)))
            return read_records(rows, limits.record_characters, columns)

        return Contents("utf-8", 1.0, parse)


def _open(file: BinaryIO, limits: ParseLimits) -> "ParquetFile":
    try:
        from pyarrow import ArrowException  # noqa: PLC0415  # an extra
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ScriptError(
            "parquet_unavailable",
            "This is a Parquet file, which this service reads only where pyarrow is installed"
            " (offbook[parquet]); upload the data set as JSON Lines or CSV.",
        ) from error
    file.seek(0)
    try:
        opened = ParquetFile(file)
        groups = [opened.metadata.row_group(n) for n in range(opened.metadata.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
    except (ArrowException, OSError, ValueError) as error:
        raise _invalid() from error
    if size > limits.archive_bytes:
        raise ScriptError(
            "too_large",
            f"The file holds more than {limits.archive_bytes:,} bytes, the most that one may have;"
            " upload it in parts.",
            limit=limits.archive_bytes,
        )
    return opened


def _read_rows(opened: "ParquetFile") -> Iterator[str]:
    from pyarrow import ArrowException  # noqa: PLC0415  # an extra

    try:
        for batch in opened.iter_batches(batch_size=_BATCH_ROWS):
            for record in batch.to_pylist():
                yield json.dumps(record, ensure_ascii=False, default=str)
    except (ArrowException, OSError, ValueError) as error:
        raise _invalid() from error


def _invalid() -> ScriptError:
    return ScriptError("invalid_parquet", "This Parquet file is damaged and cannot be read.")
