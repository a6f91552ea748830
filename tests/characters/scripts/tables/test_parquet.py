"""Parquet files, which pyarrow reads."""

import sys
from io import BytesIO
from typing import Any

import pytest

from characters.errors import ScriptError
from characters.scripts.model import ParseLimits, Scene
from tests.characters.scripts.reading import open_script


def write(rows: list[dict[str, Any]]) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    buffer = BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def said(content: bytes, **options: Any) -> list[list[tuple[str, str]]]:
    reading = open_script(content, "train-00000-of-00001.parquet", **options)
    assert reading.format == "parquet"
    scenes = [item for item in reading if isinstance(item, Scene)]
    return [[(line.speaker, line.text) for line in scene.lines] for scene in scenes]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [
                {
                    "conversations": [
                        {"from": "human", "value": "Hi"},
                        {"from": "Toby", "value": "Ho"},
                    ]
                }
            ],
            [[("user", "Hi"), ("Toby", "Ho")]],
        ),
        (
            [
                {"speaker": "Anna", "line": "Hi", "n": 1},
                {"speaker": "Ben", "line": "Ho", "n": None},
            ],
            [[("Anna", "Hi"), ("Ben", "Ho")]],
        ),
        (
            [{"role": "Mira", "question": "Lit?", "generated": ["Aye."]}],
            [[("user", "Lit?"), ("Mira", "Aye.")]],
        ),
    ],
)
def test_a_row_is_a_record(rows: list[dict[str, Any]], expected: list[Any]) -> None:
    assert said(write(rows)) == expected


def test_what_cannot_be_read_is_refused() -> None:
    content = write([{"speaker": "Anna", "line": "Hi" * 500}])
    for damaged in (content[:60], b"PAR1" + b"\xff" * 100 + b"PAR1", content[:-20] + content[-8:]):
        with pytest.raises(ScriptError) as invalid:
            said(damaged)
        assert invalid.value.code == "invalid_parquet"
    with pytest.raises(ScriptError) as large:
        said(content, limits=ParseLimits(archive_bytes=100))
    assert large.value.code == "too_large"


def test_without_pyarrow_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ScriptError, match=r"offbook\[parquet\]") as refused:
        said(b"PAR1....PAR1")
    assert refused.value.code == "parquet_unavailable"
