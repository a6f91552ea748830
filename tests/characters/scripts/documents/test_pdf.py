"""PDF documents: screenplays by their columns, rows at the edges, scans, and what is refused."""

import pytest

from characters.errors import ScriptError
from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.documents.pdfs import column_page, make_pdf
from tests.characters.scripts.reading import open_script, rendered, split

NAME, SPEECH, ASIDE = 22, 10, 16
FIRST = [
    (0, "INT. QUAY - NIGHT"),
    (0, ""),
    (0, "Mira counts the lamps along the shore."),
    (0, ""),
    (NAME, "MIRA"),
    (SPEECH, "You are late, Toby. I have"),
    (SPEECH, "counted every lamp."),
    (0, ""),
    (NAME, "TOBY (O.S.)"),
    (ASIDE, "(out of breath)"),
    (SPEECH, "The ice held me."),
    (0, ""),
    (NAME, "MIRA"),
    (SPEECH, "And the horse?"),
    (NAME, "(MORE)"),
    (0, ""),
    (0, "(CONTINUED)"),
]
SECOND = [
    (0, "CONTINUED:"),
    (0, ""),
    (NAME, "MIRA (CONT'D)"),
    (SPEECH, "Answer me."),
    (0, ""),
    (NAME, "TOBY"),
    (SPEECH, "Dead."),
]
THIRD = [(0, "EXT. SEA - DAWN"), (0, ""), (NAME, "MIRA"), (SPEECH, "Row.")]
SAID = [
    ("MIRA", "You are late, Toby. I have counted every lamp."),
    ("TOBY", "(O.S.) (out of breath) The ice held me."),
    ("MIRA", "And the horse? Answer me."),
    ("TOBY", "Dead."),
    ("MIRA", "Row."),
]
SCREENPLAY = make_pdf(
    [
        column_page(*FIRST, number="1.", title="THE QUAY"),
        column_page(*SECOND, number="2.", title="THE QUAY"),
        column_page(*THIRD, number="3.", title="THE QUAY"),
    ]
)


LOCKED = (
    "/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4"
    f" /O <{'00' * 32}> /U <{'11' * 32}> >> "
)
"""What makes a reader ask for a password: no password fits these keys."""


def refuse(content: bytes) -> ScriptError:
    with pytest.raises(ScriptError) as refused:
        list(open_script(content, "a.pdf"))
    return refused.value


def test_a_screenplay_is_read_by_its_columns() -> None:
    assert open_script(SCREENPLAY, "quay.pdf").format == "pdf"
    assert lines_of(SCREENPLAY, "quay.pdf") == SAID
    report = report_of(SCREENPLAY, "quay.pdf")
    assert report.rejected_total == 0
    assert report.scenes == 2


def test_numbers_and_running_titles_stand_in_no_text() -> None:
    pages = [
        column_page(
            (0, f"Mira: You are {word}."),
            (0, f"Toby: The {word} held me."),
            (0, "Mira: Go."),
            number=f"- {at} -",
            title=f"The Quay, {at}",
        )
        for at, word in enumerate(("late", "early", "here", "gone"), start=1)
    ]
    said = lines_of(make_pdf(pages), "a.pdf")
    assert said[:3] == [
        ("Mira", "You are late."),
        ("Toby", "The late held me."),
        ("Mira", "Go."),
    ]
    assert len(said) == 12


def test_a_name_at_the_top_of_many_pages_stays() -> None:
    pages = []
    for at, word in enumerate(("late", "early", "here", "gone", "cold", "old"), start=1):
        says = [(NAME, "MIRA"), (SPEECH, f"You are {word}."), (0, "")]
        answers = [(NAME, "TOBY"), (SPEECH, f"So is the {word} horse."), (0, "")]
        pages.append(column_page(*says, *answers, *says, number=f"{at}."))
    speakers = [speaker for speaker, _ in lines_of(make_pdf(pages), "a.pdf")]
    assert speakers == ["MIRA", "TOBY", "MIRA"] * 6


def test_a_font_of_several_widths_is_read_as_well() -> None:
    content = make_pdf([column_page(*FIRST), column_page(*SECOND)], font="Helvetica")
    assert [speaker for speaker, _ in lines_of(content, "a.pdf")] == [
        *("MIRA", "TOBY", "MIRA", "TOBY")
    ]


def test_umlauts_and_accents() -> None:
    content = make_pdf([column_page((0, "Élodie: Où ça, señor?"), (0, "Jörg: Hier."))])
    assert lines_of(content, "a.pdf") == [("Élodie", "Où ça, señor?"), ("Jörg", "Hier.")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (make_pdf([[], []]), "no_text_layer"),
        (make_pdf([column_page(number="1"), column_page(number="2")]), "no_text_layer"),
        (b"%PDF-1.4\nnothing", "damaged_document"),
        (SCREENPLAY[:300], "damaged_document"),
        (make_pdf([[(72, 700, "The quay. " * 10)]] * 2_001), "too_many_pages"),
        (make_pdf([[(72, 700 + 12 * at, "x" * 100) for at in range(301)]]), "page_too_large"),
        (make_pdf([column_page(*FIRST)], extra=LOCKED), "encrypted_document"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, code: str) -> None:
    assert refuse(content).code == code


def test_two_names_side_by_side_are_reported_and_none_is_guessed() -> None:
    page = column_page(
        (0, "INT. QUAY - NIGHT"),
        (0, ""),
        (22, "MIRA"),
        (10, "You are late."),
        (0, ""),
        (22, "TOBY"),
        (10, "The ice."),
        (0, ""),
        (6, "MIRA"),
        (2, "And the horse?"),
        (0, ""),
        (22, "MIRA"),
        (10, "Walk."),
    )
    beside = [(340.0, 604.0, "TOBY"), (310.0, 592.0, "Dead.")]
    scenes, rejections = split(list(open_script(make_pdf([[*page, *beside]]), "a.pdf")))
    assert rendered(scenes) == [["MIRA: You are late.", "TOBY: The ice.", "MIRA: Walk."]]
    assert [(rejection.code, rejection.rows) for rejection in rejections] == [("doubtful_name", 0)]
