"""XML of documents a chunk at a time, and pages made simple for their parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.documents.markup import read_page, simplify
from characters.scripts.documents.xml import check_tokens, keep_small, local_name, read_elements

DOCUMENT = '<a x="1">灯<b:c xmlns:b="urn:u" b:d="2&amp;"/><!-- no --></a>'.encode()
ELEMENTS = [("a", {"x": "1"}), ("c", {"d": "2&"})]


@given(st.integers(1, len(DOCUMENT)))
def test_however_it_is_cut_the_same_elements_are_read(size: int) -> None:
    chunks = (DOCUMENT[at : at + size] for at in range(0, len(DOCUMENT), size))
    assert read_elements(chunks) == ELEMENTS


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>\0</a>",
        b"<a>\xff</a>",
        b"<a>&undefined;</a>",
        b"<?xml version='1.0' encoding='x-none'?><a/>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    ],
)
def test_damage_and_document_types_are_refused(document: bytes) -> None:
    with pytest.raises(ScriptError) as refused:
        read_elements([document])
    assert refused.value.code == "invalid_xml"


def test_what_is_no_xml_is_left_to_its_own_reader() -> None:
    check_tokens([b"\x89PNG", b"x" * 2_000_000])
    check_tokens([DOCUMENT[:9], DOCUMENT[9:]])


def test_a_part_in_memory_has_two_megabytes_at_most() -> None:
    half = b"x" * 1_000_000
    assert sum(map(len, keep_small([half, half]))) == 2_000_000
    with pytest.raises(ScriptError) as refused:
        list(keep_small([half, half, b"x"]))
    assert refused.value.code == "page_too_large"


def test_a_name_without_its_namespace() -> None:
    assert (local_name("{urn:u}p"), local_name("p"), local_name("{}")) == ("p", "p", "")


def rows(html: str, characters: int = 100) -> list[str]:
    return [row for row in read_page(html, characters) if row]


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("<p>Anna: <b>Hel</b>lo.<p>三三：好", ["Anna: Hello.", "三三：好"]),
        ("Anna: Hello.<br>Bob: Hi.", ["Anna: Hello.", "Bob: Hi."]),
        ("<h2>Scene\n one</h2><p>A:\n\t b</p>", ["# Scene one", "A: b"]),
        ("<pre>A: b\n  c</pre>", ["A: b", "  c"]),
        ("<ul><li>A: b<li>C: d</ul>", ["A: b", "C: d"]),
        ("a<hr>b", ["a", "---", "b"]),
        ("<title>no</title><style>p{}</style><script>A: b</script><p>C: d", ["C: d"]),
        ("<p>A: &lt;b&gt; &amp; c&#8230;</p>", ["A: <b> & c…"]),
        ("<p>A: b<!-- C: d --></p>", ["A: b"]),
        ("<table><tr><td>A</td><td>b</td></tr></table>", ["A: b"]),
        ("<div>A: b<div>C: d</div>E: f</div>", ["A: b", "C: d", "E: f"]),
        ("", []),
        ("   ", []),
    ],
)
def test_the_rows_of_a_page(html: str, read: list[str]) -> None:
    assert rows(html) == read


def test_a_paragraph_has_so_many_characters_and_no_more() -> None:
    assert rows(f"<p>{'灯' * 100}</p><p>b</p>") == ["灯" * 100, "b"]
    with pytest.raises(ScriptError) as refused:
        rows(f"<p>{'灯' * 101}</p>")
    assert refused.value.code == "line_too_long"


@pytest.mark.parametrize(
    ("html", "simple"),
    [
        ('<P CLASS="x">a<B>b</B></P>', "<p>a\ue000b\ue001</p>"),
        ("<script/><p>a", "<link><p>a"),
        ("a < b > c <3", "a < b > c <3"),
        ("<img src=x", "<img"),
    ],
)
def test_attributes_and_formatting_cost_a_parser_time(html: str, simple: str) -> None:
    assert simplify(html) == simple


def test_nesting_is_bounded_and_elements_often_left_open_do_not_count() -> None:
    assert len(rows("<p>" * 1_000 + "a")) == 1
    assert rows("<div>" * 250 + "a" + "</div>" * 250) == ["a"]
    with pytest.raises(ScriptError) as refused:
        rows("<div>" * 257 + "a")
    assert (refused.value.code, refused.value.detail) == ("nested_too_deeply", {"limit": 256})
