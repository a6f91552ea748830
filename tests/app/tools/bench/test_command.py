"""The command as a whole: real processes, a few seconds."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.app.running import SCRIPT

pytestmark = pytest.mark.slow


def test_two_chatters_are_measured_on_both_sides(tmp_path: Path) -> None:
    script = tmp_path / "Ben.txt"
    script.write_text(SCRIPT, encoding="utf-8")
    out = tmp_path / "report"
    options = ["--chatters", "2", "--turns", "12", "--think", "0.01", "--embedder", "hashing"]
    pace = ["--tokens-per-second", "500", "--reply-tokens", "10", "--idle", "3", "--soak", "2"]
    result = CliRunner().invoke(
        cli, ["bench", *options, *pace, "--script", str(script), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (level,) = report["levels"]
    for side in (level["service"], level["engine"]):
        assert (side["turns"], side["errors"], side["tokens"]) == (24, {}, 240)
        # The first token is due after 2 ms, and nine more follow at that distance.
        assert side["first_token_ms"]["p50"] >= 2.0
    assert level["cpu_per_1000_tokens"] > 0
    assert report["idle"]["conversations"] == 3
    assert report["soak"]["turns"] >= 2
    assert report["soak"]["errors"] == 0
    table = (out / "report.md").read_text(encoding="utf-8")
    assert "| chatters" in table
    assert table in result.stdout
    for name in ("first-token", "between-tokens", "throughput", "memory"):
        root = ElementTree.parse(out / f"{name}.svg").getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_a_script_without_a_partner_is_told(tmp_path: Path) -> None:
    script = tmp_path / "Ben.txt"
    script.write_text("Ben: Hello.\nBen: Nobody there?\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["bench", "--script", str(script)])
    assert result.exit_code == 1
    assert "Nobody but Ben speaks" in result.output
