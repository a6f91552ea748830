"""Commas between the values of a body are counted in one pass, whatever encloses them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.guard import VISITOR_JSON_VALUES, count_separators
from tests.app.access.calling import guarded
from tests.app.running import code_of, running

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("body", "commas"),
    [
        (b"", 0),
        (b"7", 0),
        (b"[1,2,3]", 2),
        (b'{"a": 1, "b": [2, 3]}', 2),
        (b'["a,b", "c,,d"]', 1),
        (rb'["a\",b", "c"]', 1),
        (rb'["a\\", "b"]', 1),  # the backslash is escaped, so the quote ends the text
        (rb'["a\\\",", "b"]', 1),
        ('["三，三,一", "五"]'.encode(), 1),  # a full-width comma separates nothing
        (b'["a, b, c', 0),  # a text without an end reaches to the end
        (b"[1,,,", 3),
        (rb'"\\', 0),
    ],
)
def test_commas_in_texts_do_not_count(body: bytes, commas: int) -> None:
    assert count_separators(body) == commas


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a,"\\∁三')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from('a,"\\')), inner),
    max_leaves=12,
)


def separators(value: object) -> int:
    """The commas that a value is written with, by its structure."""
    if not isinstance(value, list | dict):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return max(0, len(value) - 1) + sum(map(separators, inner))


@given(json_values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]))
def test_they_are_those_of_the_structure_in_every_encoding(value: object, encoding: str) -> None:
    text = json.dumps([1, value], ensure_ascii=False)
    assert count_separators(text.encode(encoding)) == 1 + separators(value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        b'"' + rb"\"" * (MEGABYTE // 2),  # a search for its end from every quote takes an hour
        b'"' * MEGABYTE,
        b'"' + b"\\" * MEGABYTE,
        rb'"\\' * (MEGABYTE // 3),
    ],
)
def test_no_body_takes_longer_than_its_bytes(body: bytes) -> None:
    assert count_separators(body) == 0


def test_bytes_that_are_no_text_have_no_values() -> None:
    assert count_separators(b'\xff\xfe"\x00,') == 0  # UTF-16, cut within a character


@pytest.mark.anyio
@pytest.mark.one_database
async def test_another_encoding_does_not_hide_a_visitors_values(
    database_url: str, tmp_path: Path
) -> None:
    # The bytes of U+2201 contain that of a quote: what follows would look like a text.
    text = '{"character": "∁", "x": [' + "1," * VISITOR_JSON_VALUES + '1], "y": 1}'
    async with running(guarded(database_url, tmp_path)) as stage:
        response = await stage.http.post(
            "/api/conversations",
            content=text.encode("utf-16-le"),
            headers={"Content-Type": "application/json"},
        )
    assert code_of(response) == "413 too_many_values"
