import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.json.escapes import repair_escapes
from tests.characters.scripts.reading import read, rendered


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\u4f60\uD83D"', "你\ufffd"),
    ],
)
def test_only_halves_are_mended(source: str, text: str) -> None:
    assert json.loads(repair_escapes(source)) == text


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_escaped_can_be_encoded(text: str) -> None:
    mended = json.loads(repair_escapes(json.dumps(text)))
    assert mended.encode("utf-16").decode("utf-16") == mended
    assert mended == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_line_with_half_a_pair_is_read(format: str) -> None:
    scenes, _ = read(r'{"speaker": "A\ud800", "line": "x\udfff"}' + "\n", format)
    assert rendered(scenes) == [["A\ufffd：x\ufffd"]]
