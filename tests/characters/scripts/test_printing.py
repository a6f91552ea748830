"""A script set as it was read: headings, names, directions and what is doubtful, in place."""

from io import BytesIO
from zipfile import ZipFile

from characters.scripts.model import ParseLimits
from characters.scripts.printing import PAGE_ROWS, PrintedPage, PrintedRow, RowMemory, print_page
from characters.scripts.reader import read_script

PLAY = """\
# Act One: The Pier

Rain. The lamp is out.

MIRA: Who is there?
OTTO (off): Only me.
(A bell.)
MIRA: Come in, then.
Nobody says this

---
: an unnamed voice
OTTO: It is wet in here.
"""


def print_text(text: str | bytes, filename: str = "play.txt", after: int = 0) -> PrintedPage:
    memory = RowMemory()
    content = text.encode() if isinstance(text, str) else text
    script = read_script(BytesIO(content), filename, memory=memory, limits=ParseLimits())
    return print_page(script, memory, after=after)


def brief(rows: list[PrintedRow]) -> list[tuple[int, str, str, str]]:
    return [(row.row, row.kind, row.speaker, row.text) for row in rows]


def test_every_row_is_set_in_its_place() -> None:
    page = print_text(PLAY)
    assert brief(page.rows) == [
        (1, "heading", "", "Act One: The Pier"),
        (3, "direction", "", "Rain. The lamp is out."),
        (5, "line", "MIRA", "Who is there?"),
        (6, "line", "OTTO", "(off) Only me."),
        (7, "direction", "", "(A bell.)"),
        (8, "line", "MIRA", "Come in, then."),
        (9, "rejected", "", "Nobody says this"),
        (12, "rejected", "", ": an unnamed voice"),
        (13, "line", "OTTO", "It is wet in here."),
    ]
    assert page.next_item is None
    assert page.rows[3].direction == "off"
    assert [row.code for row in page.rows if row.kind == "rejected"] == ["no_colon", "no_speaker"]


def test_the_marks_of_a_screenplay_are_not_shown() -> None:
    script = ".THE LAMP ROOM\n\nWind.\n\nMIRA\nWho is there?\n\n!BOOM\n\n> THE END <\n"
    rows = brief(print_text(script, "lamp.fountain").rows)
    assert rows == [
        (1, "heading", "", "THE LAMP ROOM"),
        (3, "direction", "", "Wind."),
        (5, "line", "MIRA", "Who is there?"),
        (8, "direction", "", "BOOM"),
        (10, "direction", "", "THE END"),
    ]


def test_the_pages_of_a_long_script_are_the_whole_script() -> None:
    text = "".join(f"MIRA: Line {n} of many.\n{'' if n % 40 else chr(10)}" for n in range(1, 1201))
    whole: list[PrintedRow] = []
    after: int | None = 0
    pages = 0
    while after is not None:
        page = print_text(text, after=after)
        assert len(page.rows) <= PAGE_ROWS + 40
        whole += page.rows
        after = page.next_item
        pages += 1
    assert [row.text for row in whole] == [f"Line {n} of many." for n in range(1, 1201)]
    assert pages == 4


def test_the_files_of_an_archive_follow_each_other() -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("1/pier.txt", "Scene 1\n\nMIRA: Who is there?\nOTTO: Me.\n")
        archive.writestr("2/lamp.txt", "MIRA: And now?\nHm.\n")
    rows = print_text(packed.getvalue(), "both.zip").rows
    assert [(row.part, row.kind, row.text) for row in rows] == [
        ("1/pier.txt", "heading", "Scene 1"),
        ("1/pier.txt", "line", "Who is there?"),
        ("1/pier.txt", "line", "Me."),
        ("2/lamp.txt", "line", "And now?"),
        ("2/lamp.txt", "rejected", "Hm."),
    ]


def test_a_page_of_rows_without_dialogue_ends_as_well() -> None:
    page = print_text("MIRA: Hello.\n\n" + "and on it goes\n" * 9_000)
    assert page.next_item is not None
    assert len(page.rows) <= 2_001
