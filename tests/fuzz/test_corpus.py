from pathlib import Path

import pytest

from fuzz import corpus
from fuzz.targets import TARGETS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(corpus, "UNPACKED", tmp_path / "unpacked")
    return tmp_path


def test_the_smallest_inputs_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "ARCHIVES", folder / "archives")
    monkeypatch.setattr(corpus, "KEPT_INPUTS", 2)
    inputs = corpus.unpack("script")
    for name, content in {"long": b"12345", "short": b"1", "middle": b"123"}.items():
        (inputs / name).write_bytes(content)
    corpus.pack("script")
    monkeypatch.setattr(corpus, "UNPACKED", folder / "elsewhere")
    found = {path.name: path.read_bytes() for path in corpus.unpack("script").iterdir()}
    assert found == {"short": b"1", "middle": b"123"}


def test_the_same_inputs_make_the_same_archive(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.unpack("macros")
    for archives in ("first", "second"):
        monkeypatch.setattr(corpus, "ARCHIVES", folder / archives)
        corpus.pack("macros")
    first, second = (folder / each / "macros.tar.xz" for each in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "target", sorted(path.name.partition(".")[0] for path in corpus.ARCHIVES.iterdir())
)
def test_no_kept_input_breaks_a_reader(target: str) -> None:
    inputs = list(corpus.unpack(target).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[target](path.read_bytes())
