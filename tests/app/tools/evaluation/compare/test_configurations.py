"""What can be compared, and what is refused."""

from pathlib import Path

import pytest

from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.compare.configurations import read_configuration


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_RETRIEVAL__TOP_K", "7")


def test_a_name_is_a_model_beside_the_environment() -> None:
    found = read_configuration("demo-large")
    assert found.name == "demo-large"
    assert found.settings.engine.model == "demo-large"
    assert found.settings.engine.kind == "scripted"
    assert found.settings.retrieval.top_k == 7


def test_settings_are_given_by_their_names() -> None:
    found = read_configuration("engine.model=demo, retrieval.mode=fused,retrieval.top_k=3").settings
    assert (found.engine.model, found.retrieval.mode, found.retrieval.top_k) == ("demo", "fused", 3)


def test_an_address_is_a_server() -> None:
    found = read_configuration("http://127.0.0.1:8001/v1").settings
    assert (found.engine.kind, found.engine.base_url) == ("openai", "http://127.0.0.1:8001/v1")


def test_a_toml_file_has_a_table_for_each_section(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text('[engine]\nmodel = "demo"\n[retrieval]\ntop_k = 4\n', encoding="utf-8")
    found = read_configuration(str(path), tmp_path / "data").settings
    assert (found.engine.model, found.retrieval.top_k) == ("demo", 4)
    assert found.data_dir == tmp_path / "data"
    assert found.engine.kind == "scripted"


def test_a_file_of_the_environment_wins_over_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "one.env"
    path.write_text(
        "# a comment\nOFFBOOK_RETRIEVAL__TOP_K=5\n"
        'OFFBOOK_ENGINE__CONTROL_TOKENS=["<|a|>"]\nOFFBOOK_LOG_LEVEL="error"\n',
        encoding="utf-8",
    )
    found = read_configuration(str(path)).settings
    assert found.retrieval.top_k == 5
    assert found.engine.control_tokens == ["<|a|>"]
    assert found.log_level == "error"


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("engine.model=x,engine.api_key=abc123", "engine.model=x,engine.api_key=…"),
        ("engine.base_url=http://me:word@host/v1", "engine.base_url=http://host/v1"),
        ("http://me:word@127.0.0.1:1", "http://127.0.0.1:1"),
    ],
)
def test_no_secret_is_in_a_name(what: str, name: str) -> None:
    assert read_configuration(what).name == name


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("engine.modle=demo", "there is no setting 'modle'"),
        ("motor.model=demo", "there is no setting 'motor'"),
        ("engine=demo", "engine is a section"),
        ("engine.model=demo,engine.model=index", "engine.model is given twice"),
        ("engine.model=demo,top", "'top' is no setting like engine.model=demo"),
        ("retrieval.top_k=many", "retrieval.top_k: "),
        ("engine.control_tokens=[", "is no JSON"),
        ("missing.toml", "There is no file missing.toml"),
        ("missing.env", "There is no file missing.env"),
    ],
)
def test_what_is_no_configuration_is_said(what: str, why: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        read_configuration(what)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.toml", b"[engine", "is no TOML"),
        ("a.toml", b"\xff\xfe", "cannot be read as settings"),
        ("a.toml", b"[engine]\nmodle = 1\n", "there is no setting 'modle'"),
        ("a.env", b"PATH=/bin\n", "PATH is no setting"),
        ("a.env", b"# nothing\n", "has no setting like"),
        ("a.env", b"x" * 100_001, "more than 100000 bytes"),
    ],
)
def test_what_is_no_file_of_settings_is_said(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(EvaluationError) as caught:
        read_configuration(str(path))
    assert why in str(caught.value)
