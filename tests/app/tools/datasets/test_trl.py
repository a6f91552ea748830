"""A dataset's folder is what trainers take: by its fields, and as the libraries read it."""

from pathlib import Path
from typing import Any

import pytest

from tests.app.tools.datasets.making import made, read


@pytest.fixture(params=["chat", "completion"])
def layout(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def folder(kind: str, script: Path, out: Path, layout: str) -> Path:
    options = ("--generate", "8") if kind == "dpo" else ()
    made(kind, out, script, "--layout", layout, "--validation", "0.2", *options)
    return out


@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_rows_have_the_fields_of_their_kind(
    kind: str, script: Path, tmp_path: Path, layout: str
) -> None:
    options = ("--generate", "8") if kind == "dpo" else ()
    found = made(kind, tmp_path / "out", script, "--layout", layout, *options)
    fields = {"sft": ["prompt", "completion"], "dpo": ["prompt", "chosen", "rejected"]}[kind]
    for row in found.rows:
        assert list(row) == [*fields, "scene"]
        assert is_text(row["scene"])
        for field in fields:
            assert is_text(row[field]) if layout == "completion" else is_messages(row[field])


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_messages(value: Any) -> bool:
    return bool(value) and all(
        each.keys() == {"role", "content"}
        and each["role"] in ("system", "user", "assistant")
        and is_text(each["content"])
        for each in value
    )


@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_the_libraries_read_it(
    kind: str, script: Path, tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    out = folder(kind, script, tmp_path / "out", layout)
    files = {side: str(out / f"{side}.jsonl") for side in ("train", "validation")}
    loaded = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    found = read(out)
    assert [*map(len, (loaded["train"], loaded["validation"]))] == [
        len(found.train),
        len(found.validation),
    ]
    trl = pytest.importorskip("trl.data_utils")
    for side in files:
        for row in loaded[side]:
            assert trl.is_conversational(row) == (layout == "chat")
