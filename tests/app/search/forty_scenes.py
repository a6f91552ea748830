"""A script of forty small scenes, in which what is asked tells what is answered."""

from pathlib import Path

import pytest

_THINGS = ["潮水", "灯塔", "渡船", "大雾", "海鸥", "缆绳", "桂花", "铁锚", "煤油", "罗盘"]
_MOODS = ["怎么样了", "在哪里呢", "坏了没有", "是谁的呀"]


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each thing is asked after four times, and answered with its name each time."""
    rows: list[str] = []
    for at, mood in enumerate(_MOODS):
        for thing in _THINGS:
            rows += [
                f"第{len(rows)}场",
                f"阿海：守灯的，{thing}{mood}",
                f"老周：{thing}嘛，{thing}我守了{at + 3}年，你问{mood}，我答{thing}。",
                "",
            ]
    path = tmp_path_factory.mktemp("scripts") / "老周.txt"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path
