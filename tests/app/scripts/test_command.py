"""``offbook script check`` reports what an upload would."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli

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
