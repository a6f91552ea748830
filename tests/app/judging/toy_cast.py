"""A cast of three whose manners of speaking are known by hand, in scenes of their own things."""

from pathlib import Path

import pytest

_THINGS = ["潮水", "灯塔", "渡船", "大雾", "海鸥", "缆绳", "桂花", "铁锚", "煤油", "罗盘"]


def toy_script() -> str:
    """Return forty scenes: 阿海 asks with 呀呢, 老周 answers with 嘛罢了, 小梅 shouts with 啦哇."""
    rows: list[str] = []
    for at in range(40):
        thing, other = _THINGS[at % 10], _THINGS[(at * 3 + 1) % 10]
        rows += [
            f"第{at}场",
            f"阿海：请问{thing}第{at}回怎么样了呀，老周您看清楚了没有呢？",
            f"老周：{thing}嘛，也就那么回事罢了，守了{at}年，{other}也不过如此罢了。",
            f"小梅：哇，{other}{at}号来啦！快看快看，阿海你快来啦！",
            f"老周：急什么嘛，{other}跑不掉的，{at}步路罢了。",
            "",
        ]
    return "\n".join(rows)


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scripts") / "老周.txt"
    path.write_text(toy_script(), encoding="utf-8")
    return path
