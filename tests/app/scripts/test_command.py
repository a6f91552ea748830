"""``offbook script check`` reports what an upload would."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.app.readers.heavy import rambling

TABLE = "who,said\n阿宁,灯灭了。\n阿 宁,天也黑了。\n老周,那就点灯。\n"
CHECK = ["--speaker-column", "who", "--line-column", "said"]


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "play.csv"
    path.write_bytes(TABLE.encode("gb18030"))
    return str(path)


def check(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["script", "check", *arguments])
    return result.exit_code, result.output


def test_columns_encoding_and_suggested_merges(table: str) -> None:
    code, output = check(table, *CHECK)
    assert code == 0
    assert "table, gb18030 (confidence " in output
    assert "Columns: who says said, scenes: none" in output
    assert "阿 宁 may be 阿宁: The names differ only in case" in output


def test_what_is_no_script_is_said(tmp_path: Path) -> None:
    path = tmp_path / "service.txt"
    path.write_text("INFO: starting\nERROR: no database\nINFO: stopping\n" * 2)
    code, output = check(str(path))
    assert code == 0
    assert "This is plainly no script (log)." in output


def test_aliases(table: str) -> None:
    code, output = check(table, *CHECK, "--alias", "阿 宁=阿宁", "--alias", "老周 = 周叔")
    assert code == 0
    assert "     2  阿宁" in output
    assert "     1  周叔" in output
    assert "may be" not in output


def test_what_is_wrong_is_said(table: str) -> None:
    code, output = check(table, "--alias", "阿宁")
    assert (code, "is not “Alias=Name”" in output) == (2, True)
    code, output = check(table, "--speaker-column", "speaker")
    assert (code, "There is no column “speaker”" in output) == (1, True)
    code, output = check(table, "--encoding", "utf-8")
    assert (code, "it may be gb18030" in output) == (1, True)


def test_it_takes_no_longer_than_an_upload_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_LIMITS__READING_SECONDS", "3")
    path = tmp_path / "a.txt"
    path.write_bytes(rambling(100))
    code, output = check(str(path))
    assert (code, "longer than 3 s" in output, "with 100 lines" in output) == (1, True, True)
