"""ODT, TEI, TTML, SAMI, MicroDVD, and markup in rows of text."""

import pytest

from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.containers import make_zip
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.test_accounting import count_rows
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]
TWO: Said = [("Mira", "You are late."), ("Toby", "The ice held me.")]

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def odt(body: str) -> bytes:
    content = (
        f'<office:document-content xmlns:office="{OFFICE}office:1.0" xmlns:text="{OFFICE}text:1.0"'
        f' xmlns:table="{OFFICE}table:1.0"><office:body><office:text>{body}</office:text>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    files = {"content.xml": content}
    from io import BytesIO
    from zipfile import ZIP_STORED, ZipFile

    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        archive.writestr("mimetype", kind)
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


ODT_BODY = (
    "<text:h>Act One</text:h><text:p>Mira: You are<text:s/>late.<text:note><text:p>no</text:p>"
    "</text:note></text:p><text:p><text:ruby><text:ruby-base>Toby</text:ruby-base>"
    "<text:ruby-text>to</text:ruby-text></text:ruby>: The <text:span>ice</text:span> held me."
    "</text:p>"
)


def test_open_document() -> None:
    content = odt(ODT_BODY)
    assert open_script(content, "a.odt").format == "odt"
    assert lines_of(content, "a.odt") == TWO
    cells = "".join(
        f"<table:table-row><table:table-cell><text:p>{name}</text:p></table:table-cell>"
        f"<table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>"
        for name, text in [("Character", "Line"), *TWO]
    )
    assert lines_of(odt(f"<table:table>{cells}</table:table>"), "a.odt") == TWO


def test_an_open_document_of_another_kind_is_none() -> None:
    assert open_script(make_zip({"content.xml": "<a/>", "a.txt": "Mira: Hi."}), "a").format == "zip"


TEI = """<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Quay</title>
</titleStmt></fileDesc><profileDesc><particDesc><listPerson>
<person xml:id="mira"><persName>Mira</persName></person>
<person xml:id="toby"><persName>Toby</persName></person></listPerson></particDesc></profileDesc>
</teiHeader><text><front><castList><castItem><role>Mira</role></castItem></castList></front><body>
<div type="act"><head>Act 1</head><stage>Enter Mira and Toby.</stage>
<sp who="#mira"><speaker>MIRA.</speaker><l>You are late,</l><l>and so am I.</l></sp>
<sp who="#toby"><speaker>TOBY.</speaker> <stage>aside</stage>
<p>The ice<note>ice</note> held me.</p></sp>
</div><div type="act"><head>Act 2</head>
<sp who="#mira"><p>And the horse?</p></sp></div></body></text></TEI>
"""
TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata">
<head><metadata><ttm:agent xml:id="m" type="person"><ttm:name type="full">Mira</ttm:name>
</ttm:agent></metadata></head><body><div>
<p begin="00:00:01.000" end="00:00:02.000" ttm:agent="m">You are<br/>late.</p>
<p begin="2.5s" dur="1s">TOBY: The <span>ice</span> held me.</p>
<p begin="00:00:20.000" end="00:00:21.000">MIRA: And the horse?</p>
</div></body></tt>
"""
SAMI = """<SAMI><HEAD><STYLE TYPE="text/css"><!-- .ENCC {Name: English;} --></STYLE></HEAD><BODY>
<SYNC Start=1000><P Class=ENCC>MIRA: You are<br>late.
<SYNC Start=2500><P Class=ENCC>TOBY: The <i>ice</i> held me.
<SYNC Start=4000><P Class=ENCC>MIRA: And the horse &amp; cart?
</BODY></SAMI>
"""
MICRODVD = "{1}{1}25.000\n{24}{48}MIRA: You are|late.\n{50}{80}{y:i}TOBY: The ice held me.\n"


@pytest.mark.parametrize(
    ("content", "filename", "format", "said", "scenes"),
    [
        (
            TEI,
            "a.xml",
            "tei",
            [
                ("MIRA", "You are late, and so am I."),
                ("TOBY", "(aside) The ice held me."),
                ("Mira", "And the horse?"),
            ],
            2,
        ),
        (
            TTML,
            "a.ttml",
            "ttml",
            [
                ("Mira", "You are late."),
                ("TOBY", "The ice held me."),
                ("MIRA", "And the horse?"),
            ],
            2,
        ),
        (
            SAMI,
            "a.smi",
            "sami",
            [
                ("MIRA", "You are late."),
                ("TOBY", "The ice held me."),
                ("MIRA", "And the horse & cart?"),
            ],
            1,
        ),
        (
            MICRODVD,
            "a.sub",
            "microdvd",
            [("MIRA", "You are late."), ("TOBY", "The ice held me.")],
            1,
        ),
        (
            "[10][20]MIRA: You are|/late.\n[25][40]TOBY: The ice held me.\n",
            "a.txt",
            "microdvd",
            [("MIRA", "You are late."), ("TOBY", "The ice held me.")],
            1,
        ),
    ],
)
def test_more_formats(content: str, filename: str, format: str, said: Said, scenes: int) -> None:
    assert open_script(content, filename).format == format
    assert lines_of(content, filename) == said
    report = report_of(content, filename)
    assert (report.scenes, report.rejected_total) == (scenes, 0)


@pytest.mark.parametrize(
    "content",
    [
        "'''Mira:''' You are late.\n\n:'''Toby:''' The [[ice|ice]] held me.{{ref}}\n",
        "== Act 1 ==\n'''Mira''': You are late.\n'''Toby''': The ''ice'' held me.\n{{End}}\n",
        "[b]Mira:[/b] You are late.\n[color=#f00][b]Toby[/b][/color]: The [i]ice[/i] held me.\n",
        "[center][b]Mira:[/b] You are late.[/center]\n[hr]\n[b]Toby:[/b] The ice held me.\n",
        "<b>Mira:</b> You are late.<br />\n<b>Toby:</b> The <em>ice</em> held me.<br>\n",
        '<p><b>Mira</b>: You are late.</p>\n<p id="x"><b>Toby</b>: The ice held me.</p>\n',
    ],
)
def test_markup_in_rows_of_text_is_no_part_of_names_and_speech(content: str) -> None:
    assert lines_of(content, "a.txt") == TWO
    report = report_of(content, "a.txt")
    assert (report.rows.total, report.rejected_total) == (count_rows(content), 0)


def test_the_shared_markup() -> None:
    said = [("Mira", "You are late."), ("Toby", "The ice held me."), ("Mira", "And the horse?")]
    assert lines_of(shared_case("15c-html-tags.txt"), "a.txt") == said
    wiki = lines_of(shared_case("15-wikitext.txt"), "a.txt")
    assert wiki == [said[0], ("Toby", "(bows) The ice held me."), said[2]]
    assert lines_of(shared_case("15d-microdvd.sub"), "a.sub") == [
        ("ANNA", "Hello there."),
        ("BO", "Hi. Come in."),
        ("ANNA", "Thank you."),
    ]


def test_brackets_and_quotes_of_people_stay() -> None:
    content = "Mira: It's 'b' [b] or <3.\nToby: [laughs] No.\nMira: ''quoted''\n"
    assert lines_of(content, "a.txt")[0] == ("Mira", "It's 'b' [b] or <3.")
