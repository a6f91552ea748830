"""Aliases: every line of a merged speaker has the one name."""

from io import BytesIO

import pytest

from characters.errors import ScriptError
from characters.scripts.aliases import resolve_aliases
from characters.scripts.model import Scene
from characters.scripts.reader import read_script

SCRIPT = "老邢：谁？\n邢捕头：我。\n二二：哦。\n\nX: 好。\n"


def test_aliases_are_followed_to_their_end() -> None:
    assert resolve_aliases({"a": "b", "b": "c", "x": " y "}) == {"a": "c", "b": "c", "x": "y"}


@pytest.mark.parametrize(
    "aliases",
    [
        {"a": "a"},
        {"a": "b", "b": "a"},
        {"a": ""},
        {"a": " "},
        {"a": "x" * 41},
        {"a": "x\ny"},
        {str(n): "x" for n in range(2_001)},
    ],
)
def test_aliases_that_lead_nowhere_are_refused(aliases: dict[str, str]) -> None:
    with pytest.raises(ScriptError) as refused:
        resolve_aliases(aliases)
    assert refused.value.code == "invalid_aliases"


def test_lines_are_spoken_under_the_name() -> None:
    aliases = {"老邢": "邢捕头", "nobody": "X"}
    reading = read_script(BytesIO(SCRIPT.encode()), "a.txt", aliases=aliases)
    scenes = [item for item in reading if isinstance(item, Scene)]
    assert [[line.render() for line in scene.lines] for scene in scenes] == [
        ["邢捕头：谁？", "邢捕头：我。", "二二：哦。"],
        ["X: 好。"],
    ]
    assert list(reading) == list(reading)
