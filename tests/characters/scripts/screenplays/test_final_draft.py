from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.model import ParseLimits
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script, rendered, split

HEADER = '<?xml version="1.0" encoding="{}"?>\n'
SPEECH = [("Character", "MARY (V.O.)"), ("Dialogue", "Hello.")]


def write(paragraphs: list[tuple[str, str]]) -> str:
    rows = [
        f'<Paragraph Type="{type}"><Text>{escape(text)}</Text></Paragraph>'
        for type, text in paragraphs
    ]
    return f"<FinalDraft><Content>{''.join(rows)}</Content></FinalDraft>"


def refuse(content: str | bytes, **options: object) -> ScriptError:
    with pytest.raises(ScriptError) as refused:
        list(open_script(content, **options))  # type: ignore[arg-type]  # forwarded as given
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_xml_says_its_encoding(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").replace("latin-1", "ISO-8859-1")
    content = HEADER.format(declared) + write([("Character", "ÉMILE"), ("Dialogue", "Où ?")])
    reading = open_script(content.encode(encoding), "script.xml")
    assert (reading.format, reading.encoding) == ("fdx", declared.lower())
    assert rendered(split(list(reading))[0]) == [["ÉMILE：Où ?"]]


def test_the_caller_may_overrule_it() -> None:
    content = HEADER.format("utf-8") + write([("Character", "ÉMILE"), ("Dialogue", "Où ?")])
    assert refuse(content.encode("latin-1")).code == "invalid_xml"
    reading = open_script(content.encode("latin-1"), encoding="iso-8859-1")
    assert rendered(split(list(reading))[0]) == [["ÉMILE：Où ?"]]


def test_a_speech_of_many_paragraphs_and_runs() -> None:
    content = write(
        [
            ("Scene Heading", "EXT. SEA"),
            ("Character", "MARY"),
            ("Parenthetical", "(low)"),
            ("Dialogue", "One\n two"),
            ("Parenthetical", "(beat)"),
            ("Dialogue", "three."),
            ("Action", "Waves."),
            ("My Own Type", "More waves."),
        ]
    ).replace("two", 'two</Text><Text Style="Bold">, and</Text><Text> then')
    scenes, _ = split(list(open_script(content)))
    assert rendered(scenes) == [["MARY: (low) One two, and then (beat) three."]]
    line = scenes[0].lines[0]
    assert (line.row, line.direction, scenes[0].heading) == (2, "low", "EXT. SEA")


def test_a_reading_can_be_iterated_again() -> None:
    reading = open_script(write(SPEECH))
    assert list(reading) == list(reading)


@pytest.mark.parametrize(
    "content",
    [
        "<FinalDraft>",
        "<FinalDraft><Content></FinalDraft>",
        "<FinalDraft>&nbsp;</FinalDraft>",
        '<!DOCTYPE x><FinalDraft a="1"/>',
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><FinalDraft>&a;</FinalDraft>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><FinalDraft>&a;</FinalDraft>',
        "<FinalDraft>" + "<a>" * 101,
        HEADER.format("no-such-code") + "<FinalDraft/>",
    ],
)
def test_xml_that_is_refused(content: str) -> None:
    error = refuse(content, filename="a.fdx")
    assert error.code == "invalid_xml"
    assert str(error).endswith(".")


def test_limits() -> None:
    error = refuse(write([*SPEECH, ("Action", "x" * 21)]), limits=ParseLimits(line_characters=20))
    assert (error.code, error.detail) == ("line_too_long", {"row": 3, "limit": 20})
    assert "Paragraph 3" in str(error)


def test_a_script_without_dialogue_is_refused() -> None:
    error = refuse(write([("Action", "Rain."), ("Character", "MARY")]))
    assert error.code == "no_dialogue"
    assert "Character and Dialogue" in str(error)


@pytest.mark.parametrize(
    "content", ["MARY: <FinalDraft >\nJOHN: hi", "<html>MARY: hi\nJOHN: hi", "FinalDraft: hi"]
)
def test_other_text_is_not_taken(content: str) -> None:
    assert open_script(content).format != "fdx"


TYPES = ["Scene Heading", "Character", "Parenthetical", "Dialogue", "Action", "Transition", "", "X"]
TEXTS = ["MARY", "MARY (CONT'D)", "(low)", "hello", "", "  ", "小美", "(MORE)", "a" * 50, "()"]


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(TEXTS)), max_size=20))
def test_every_paragraph_is_accounted_for(paragraphs: list[tuple[str, str]]) -> None:
    content = write([*SPEECH, *paragraphs])
    report = ParseReport()
    for item in open_script(content):
        report.add(item)
    texts = [text.text or "" for text in ElementTree.fromstring(content).iter("Text")]
    assert report.rows.total == sum(bool(text.strip()) for text in texts)
