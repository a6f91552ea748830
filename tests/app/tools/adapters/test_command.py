"""``offbook adapter`` registers, lists and removes adapters without a service."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.adapters.schemas import AdapterResult
from app.cli import cli
from app.tools.adapters.command import result_text
from tests.app.adapters import making
from tests.app.adapters.figures import result


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_EMBEDDER__NAME", "hashing")


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["adapter", *words, "--data-dir", str(data)])


def test_an_adapter_is_added_listed_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "No adapter is registered." in run(data, "list").stdout
    folder = making.write(tmp_path / "made", {**making.files("mei-1"), "card.md": b"#"})
    added = run(data, "add", str(folder))
    assert added.exit_code == 0, added.output
    assert "mei-1 is registered: rank 2" in added.stdout
    kept = data / "adapters" / "mei-1"
    assert sorted(each.name for each in kept.iterdir()) == sorted(making.files())
    assert (kept / "adapter.gguf").read_bytes() == making.gguf()
    assert "| mei-1 | demo | 2 " in run(data, "list").stdout
    removed = run(data, "remove", "mei-1")
    assert removed.exit_code == 0, removed.output
    assert not kept.exists()
    assert "No adapter is registered." in run(data, "list").stdout


def test_it_can_be_given_another_name(tmp_path: Path) -> None:
    folder = making.write(tmp_path / "made", making.files("mei-1"))
    assert "mei-2 is registered" in run(tmp_path, "add", str(folder), "--name", "mei-2").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "nowhere"), "nowhere is no folder."),
        (("remove", "nobody"), "No adapter of this name is registered."),
        (("audition", "nobody", "ben"), "There is no character “ben”."),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    failed = run(tmp_path, *words)
    assert failed.exit_code == 1
    assert sentence in failed.stderr
    assert "Traceback" not in failed.output


def test_a_damaged_folder_is_not_registered(tmp_path: Path) -> None:
    folder = making.write(tmp_path / "made", {**making.files(), "adapter.gguf": b"no"})
    failed = run(tmp_path / "data", "add", str(folder))
    assert failed.exit_code == 1
    assert "adapter.gguf cannot be used" in failed.stderr
    assert not list((tmp_path / "data" / "adapters").iterdir())


def test_what_is_too_large_is_refused_before_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = making.write(tmp_path / "made", making.files())
    with (folder / "adapter_model.safetensors").open("r+b") as file:
        file.truncate(3_000_000_000)  # without a block on the disk
    copied: list[object] = []
    monkeypatch.setattr("app.adapters.files.shutil.copyfile", lambda *of, **_: copied.append(of))
    failed = run(tmp_path / "data", "add", str(folder))
    assert failed.exit_code == 1
    assert "2,000,000,000 is the most it may have (OFFBOOK_ADAPTERS__MOST_BYTES)" in failed.stderr
    assert copied == []


def test_a_pickle_in_place_of_the_weights_is_named(tmp_path: Path) -> None:
    contents = making.files()
    for name in ("adapter_model.safetensors", "adapter.gguf"):
        del contents[name]
    folder = making.write(tmp_path / "made", {**contents, "adapter_model.bin": b"\x80\x04."})
    failed = run(tmp_path / "data", "add", str(folder))
    assert failed.exit_code == 1
    assert "adapter_model.bin is a pickle" in failed.stderr


def test_a_result_is_a_table_and_a_verdict() -> None:
    better = result_text(AdapterResult.model_validate(result()), 0.25)
    assert "| recognised as the character" in better
    assert "0.050 (-0.050 to 0.150)" in better
    assert better.endswith("It can be promoted.")
    worse = result_text(AdapterResult.model_validate(result(copied=0.4)), 0.25)
    assert "It stays. It copies 40%" in worse
