"""Two versions beside each other, in turn."""

from pathlib import Path

import pytest

from benchmarks import versions


def level(chatters: int, added: float, share: float, cpu: float) -> dict[str, float]:
    return {
        "chatters": chatters,
        "added_first_token_ms": added,
        "throughput_share": share,
        "cpu_per_1000_tokens": cpu,
    }


def test_the_table_has_every_run_and_the_ratio_of_the_medians() -> None:
    before = [[level(1, added, 0.5, 2.0)] for added in (10, 30, 12)]
    after = [[level(1, added, 0.25, 3.0)] for added in (24, 18, 1)]
    rows = versions.table(before, after).splitlines()
    assert rows[2] == "| 1 | added first token p50, ms | 10, 30, 12 | 24, 18, 1 | 1.50 |"
    assert rows[3].endswith("| 0.5, 0.5, 0.5 | 0.25, 0.25, 0.25 | 0.50 |")
    assert rows[4].endswith("| 2, 2, 2 | 3, 3, 3 | 1.50 |")
    assert len(rows) == 5


def test_pairs_are_measured_the_other_way_round_each_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[bool, list[str]]] = []
    trees: set[Path] = set()

    def bench(tree: Path, options: list[str], out: Path) -> list[dict[str, float]]:
        assert (tree / "app/cli.py").is_file()
        trees.add(tree)
        asked.append((tree == Path(versions.__file__).parents[1], options))
        return [level(1, 1.0, 1.0, 1.0)]

    monkeypatch.setattr(versions, "_bench", bench)
    monkeypatch.setattr("sys.argv", ["versions", "HEAD", "--pairs", "2", "--turns", "4"])
    versions.main()
    assert [is_new for is_new, _ in asked] == [False, True, True, False]
    assert all(options == ["--turns", "4"] for _, options in asked)
    assert sorted(tree.exists() for tree in trees) == [False, True]
    assert "| 1.00 |" in capsys.readouterr().out
