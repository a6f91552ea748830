"""Accounting in made-up files of every kind: whole, mutilated, and in containers of any text."""

from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts import registry
from characters.scripts.registry import ScriptFormat
from characters.scripts.report import ParseReport
from fuzz.containers import around_part
from fuzz.kinds import KINDS
from fuzz.seeds import seeds_of
from fuzz.targets import TARGETS
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.test_accounting import FRAGMENTS, count_rows

OF_THE_FILE = {
    name
    for name, kind in KINDS.items()
    if isinstance(registry.get(kind.format), ScriptFormat) or kind.format == "json"
}
"""Kinds in which a row is a row of the file."""

ROWS = {
    "rpgmaker": (0, 5),
    "ttml": (0, 2),
    "sami": (0, 2),
    "page": (0, 3),
    "page with a table": (1, 2),
    "telegram's page": (0, 2),
    "fdx": (0, 5),
    "tei": (0, 3),
    "docx": (0, 2),
    "odt": (0, 2),
    "epub": (0, 2),
    "xlsx": (1, 2),
    "zip": (2, 2),
    "pdf": (1, 4),
}
"""Rows of the head, and of each piece, of the other kinds."""

AT_THE_END = {"no_dialogue", "implausible_speakers"}


def account(content: bytes | str, filename: str = "a", format: str | None = None) -> int | None:
    """The rows that are accounted for; None where the file is refused before its end."""
    report = ParseReport()
    try:
        for item in open_script(content, filename, format=format, encoding="utf-8"):
            report.add(item)
    except ScriptError as refused:
        if refused.code not in AT_THE_END or not report.rows.total:
            return None
    rows = report.rows
    assert rows.dialogue >= 0 <= rows.narration
    assert rows.rejected >= 0
    return rows.total


def test_every_kind_is_counted_by_one_of_the_tables() -> None:
    assert OF_THE_FILE | set(ROWS) == set(KINDS)


@pytest.mark.parametrize("name", sorted(OF_THE_FILE))
def test_every_row_of_a_kind_is_accounted_for(name: str) -> None:
    kind = KINDS[name]
    for pieces in (1, 7):
        content = kind.join([kind.piece] * pieces)
        reading = open_script(content, kind.filename)
        assert (reading.format, account(content, kind.filename)) == (
            kind.format,
            count_rows(content.decode()),
        )


@pytest.mark.parametrize("name", ROWS)
def test_every_part_of_a_container_is_accounted_for(name: str) -> None:
    kind = KINDS[name]
    head, piece = ROWS[name]
    for pieces in (1, 7):
        content = kind.join([kind.piece] * pieces)
        assert open_script(content, kind.filename).format == kind.format
        assert account(content, kind.filename) == head + pieces * piece


edits = st.lists(
    st.tuples(
        st.sampled_from(["cut", "double", "insert", "end"]),
        st.floats(0, 1),
        st.integers(1, 30),
        st.sampled_from([*FRAGMENTS, "{", "}", "[", "<", "-->", "\\", "/*", "    ", "1\n", "0:04"]),
    ),
    max_size=6,
)


@given(st.sampled_from(sorted(OF_THE_FILE)), edits)
def test_every_row_of_a_mutilated_file_is_accounted_for(
    name: str, edits: list[tuple[str, float, int, str]]
) -> None:
    kind = KINDS[name]
    text = kind.join([kind.piece] * 3).decode()
    for edit, where, length, fragment in edits:
        at = round(where * len(text))
        piece = text[at : at + length]
        if edit == "end":
            text = text[:at] if at else text
        else:
            new = {"cut": "", "double": 2 * piece, "insert": fragment + piece}[edit]
            text = text[:at] + new + text[at + length :]
    assert account(text, format=kind.format) in (None, count_rows(text))


TEXTS = (
    *("Mira: Late.", "Toby: Ice.", "", "  ", "第三场 码头", "---", "(rain)", "no colon", "“open"),
    *(
        "INT. QUAY - DAY",
        "MIRA",
        "[x]",
        "人物表",
        "a: b: c",
        "Title: x",
        "Author: y",
        "1",
        "米拉：冰",
    ),
    *("== a ==", "[b]Mira:[/b] Oh.", "<b>", "* Enter Toby", "Mira 0:04", "| a | b |", "TOBY. Oh."),
)


def _page(rows: list[str]) -> str:
    return f"<html><body>{''.join(f'<p>{row}</p>' for row in rows)}</body></html>"


def _word(rows: list[str]) -> bytes:
    kind = KINDS["docx"]
    paragraphs = [f"<w:p><w:r><w:t>{row}</w:t></w:r></w:p>" for row in rows]
    return kind.join(paragraphs)


def _open_document(rows: list[str]) -> bytes:
    return KINDS["odt"].join([f"<text:p>{row}</text:p>" for row in rows])


def _final_draft(rows: list[str]) -> bytes:
    types = ("Character", "Dialogue", "Action", "Scene Heading")
    return KINDS["fdx"].join(
        [
            f'<Paragraph Type="{types[at % 4]}"><Text>{row}</Text></Paragraph>'
            for at, row in enumerate(rows)
        ]
    )


def _ttml(rows: list[str]) -> bytes:
    return KINDS["ttml"].join(
        [f'<p begin="{at}s" end="{at}s">{r}</p>' for at, r in enumerate(rows)]
    )


def _sheet(rows: list[str]) -> bytes:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    return KINDS["xlsx"].join(
        [f"<row>{cell.format('Mira')}{cell.format(row)}</row>" for row in rows]
    )


MAKERS: dict[str, Callable[[list[str]], bytes | str]] = {
    "html": _page,
    "docx": _word,
    "odt": _open_document,
    "fdx": _final_draft,
    "ttml": _ttml,
    "epub": lambda rows: around_part(_page(rows).encode(), "epub", "page.xhtml"),
}


@pytest.mark.parametrize("format", MAKERS)
@given(texts=st.lists(st.sampled_from(TEXTS), max_size=25))
def test_every_paragraph_of_a_document_is_accounted_for(format: str, texts: list[str]) -> None:
    texts = ["Mira: Late.", *texts]
    content = MAKERS[format]([escape(text) for text in texts])
    assert account(content, format=format) == sum(bool(text.strip()) for text in texts)


@given(texts=st.lists(st.sampled_from([text for text in TEXTS if text]), max_size=25))
def test_every_row_of_a_sheet_is_accounted_for(texts: list[str]) -> None:
    assert account(_sheet([escape(text) for text in texts]), format="xlsx") == 1 + len(texts)


@pytest.mark.parametrize("format", registry.names())
def test_every_format_has_a_target_of_the_fuzzer_with_seeds(
    format: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr("fuzz.seeds._UNPACKED", tmp_path_factory.mktemp("seeds"))
    seeds = seeds_of(f"script-{format}")
    assert seeds
    for seed in seeds:
        TARGETS[f"script-{format}"](seed.read_bytes())
