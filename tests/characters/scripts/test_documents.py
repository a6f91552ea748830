"""DOCX, EPUB and HTML: what becomes of paragraphs and tables, and what is refused."""

import zipfile
from io import BytesIO

import pytest

from characters.errors import FileError, ScriptError
from characters.scripts.model import ParseLimits
from tests.characters.scripts.containers import make_zip
from tests.characters.scripts.reading import open_script, rendered, split

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
CONTAINER = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
PACKAGE = (
    '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine>{}</spine></package>'.format(
        '<itemref idref="a"/>'
    )
)


def pack(files: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def word(body: str, styles: str = "", before: str = "", namespace: str = WORD) -> bytes:
    files = {"word/document.xml": f'{before}<w:document xmlns:w="{namespace}">{body}</w:document>'}
    if styles:
        files["word/styles.xml"] = f'<w:styles xmlns:w="{namespace}">{styles}</w:styles>'
    return pack(files)


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def book(page: str, **more: str) -> bytes:
    return pack({"META-INF/container.xml": CONTAINER, "book.opf": PACKAGE, "a.xhtml": page, **more})


def read_lines(content: bytes | str) -> list[list[str]]:
    return rendered(split(list(open_script(content, "a")))[0])


def refuse(
    content: bytes | str, filename: str = "a", limits: ParseLimits | None = None
) -> FileError:
    with pytest.raises(FileError) as refused:
        list(open_script(content, filename, limits=limits))
    return refused.value


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


@pytest.mark.parametrize("namespace", [WORD, STRICT])
def test_paragraphs_of_both_kinds_of_docx_are_rows(namespace: str) -> None:
    content = word(paragraph("Anna: Hello.") + paragraph("三三：你好"), namespace=namespace)
    assert open_script(content).format == "docx"
    assert read_lines(content) == [["Anna: Hello.", "三三：你好"]]


def test_a_table_of_two_columns_or_with_a_header_gives_lines() -> None:
    two = table(("Anna", "Hello."), ("Bob:", "Hi."))
    named = table(("No.", "Line", "Speaker"), ("1", "Bye.", "Anna"), ("2", "Ciao.", "Bob"))
    scenes, rejections = split(list(open_script(word(two + named))))
    assert rendered(scenes) == [["Anna: Hello.", "Bob: Hi."], ["Anna: Bye.", "Bob: Ciao."]]
    assert rejections == []


def test_a_table_in_a_table_is_a_part_of_the_page() -> None:
    inner = table(("Anna", "Hello."), ("Bob", "Hi."))
    outer = f"<w:tbl><w:tr><w:tc>{paragraph('Cy: Oh.')}{inner}</w:tc></w:tr></w:tbl>"
    assert read_lines(word(outer)) == [["Cy: Oh."], ["Anna: Hello.", "Bob: Hi."]]


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('Bob: Hi.')}</w:txbxContent>"
    fallback = '<mc:Fallback xmlns:mc="m">' + box + "</mc:Fallback>"
    body = f"<w:p><w:r>{box}{fallback}</w:r><w:r><w:t>Anna: Hello.</w:t></w:r></w:p>"
    assert read_lines(word(body)) == [["Bob: Hi.", "Anna: Hello."]]


def test_indented_names_in_capitals_are_a_screenplay() -> None:
    """Its margins come from styles, or stand in the paragraph."""
    names = '<w:style w:styleId="N"><w:pPr><w:ind w:left="3168"/></w:pPr></w:style>'
    speech = '<w:ind w:left="1440"/>'
    body = paragraph("INT. KITCHEN - DAY") + paragraph("Steam.")
    for name, text in (("ANNA", "Is it boiling?"), ("BOB", "Nearly."), ("ANNA", "Well?")):
        body += paragraph(name, '<w:pStyle w:val="N"/>') + paragraph(text, speech)
    lines = split(list(open_script(word(body, names))))[0][0].lines
    assert [(line.speaker, line.text) for line in lines] == [
        ("ANNA", "Is it boiling?"),
        ("BOB", "Nearly."),
        ("ANNA", "Well?"),
    ]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">',
    ],
)
def test_entities_and_document_types_are_refused(declaration: str) -> None:
    assert refuse(word(paragraph("Anna: &a;"), before=declaration)).code == "invalid_xml"
    package = {"book.opf": declaration + PACKAGE}
    assert refuse(book("<p>Anna: Hello.</p>", **package)).code == "invalid_xml"


@pytest.mark.parametrize("body", ["<w:p>", "<w:r>" * 600, "\x01"])
def test_damaged_xml_is_refused(body: str) -> None:
    assert refuse(word(body)).code == "invalid_xml"


def test_limits_of_documents() -> None:
    long = word(paragraph("Anna: " + "x" * 10_000))
    assert refuse(long, limits=ParseLimits(line_characters=500)).code == "line_too_long"
    assert refuse(long, limits=ParseLimits(archive_bytes=5_000)).code == "too_large"
    page = "<html><p>Anna: " + "x" * 10_000
    assert refuse(page, limits=ParseLimits(line_characters=500)).code == "line_too_long"
    assert refuse(page, limits=ParseLimits(page_bytes=500)).code == "page_too_large"
    assert refuse(book(page), limits=ParseLimits(page_bytes=500)).code == "page_too_large"
    assert refuse("<html>" + "<div>" * 300).code == "nested_too_deeply"


@pytest.mark.parametrize(
    "page",
    [
        "<html><p " + " ".join(f"a{n}" for n in range(10_000)) + ">Anna: Hello.",
        "<html>" + "<b>" * 20_000 + "<p>Anna: Hello.",
        "<html><p>Anna: Hello." + "<" * 9_000,
        "<html><p>Anna: Hello." + "<a " * 20_000,
    ],
)
@pytest.mark.timeout(10)
def test_hostile_pages_take_no_time(page: str) -> None:
    assert read_lines(page)[0][0].startswith("Anna: Hello.")


def test_of_a_page_only_what_it_shows_is_read() -> None:
    page = (
        "<html><title>Eve: no</title><script/><style>a: b</style><body>"
        "<p title='Eve: no'>Anna:&nbsp;Hello &lt;you&gt;<br>Bob: Hi.<!-- Eve: no --></p>"
        "<template>Eve: no</template><pre>Cy: Oh.\nDi: Ah.</pre>"
    )
    assert read_lines(page) == [["Anna:Hello <you>", "Bob: Hi.", "Cy: Oh.", "Di: Ah."]]


@pytest.mark.parametrize(
    ("head", "encoding", "name"),
    [
        ('<html><meta charset="gb2312">', "gb18030", "gb18030"),
        (
            '<html><meta http-equiv="Content-Type" content="text/html; charset=big5">',
            "big5",
            "big5",
        ),
        ('<?xml version="1.0" encoding="UTF-8"?><html>', "utf-8", "utf-8"),
        ("<html>", "utf-16", "utf-16"),
        ('<html><meta charset="utf-8">', "gb18030", "gb18030"),
    ],
)
def test_the_encoding_of_a_page(head: str, encoding: str, name: str) -> None:
    lines = (
        "<p>三三：你好，我在那里等你，你是不是也想去看看山下的人？</p><p>二二：好的，那是很好的。</p>"
        * 5
    )
    content = f"{head}<body>{lines}".encode(encoding)
    reading = open_script(content, "a.html")
    assert (reading.format, reading.encoding) == ("html", name)
    assert len(split(list(reading))[0][0].lines) == 10


def test_a_page_of_ascii_that_declares_a_western_encoding() -> None:
    page = '<html><meta charset="iso-8859-1"><body><p>Anna: Hello.</p><p>Bob: Hi.</p>'
    assert read_lines(page) == [["Anna: Hello.", "Bob: Hi."]]


@pytest.mark.parametrize(
    ("content", "filename", "name"),
    [
        ("<p>Anna: Hello.</p>", "a.htm", "html"),
        ("Anna: Hello.\nBob: <p>", "a.txt", "text"),
        ("Anna: Hello.\n", "a.html", "text"),
        ("\n<!-- saved --><!DOCTYPE HTML><p>Anna: Hello.", "a.txt", "html"),
    ],
)
def test_pages_are_told_from_text(content: str, filename: str, name: str) -> None:
    assert open_script(content, filename).format == name


def test_a_book_that_cannot_be_read_says_why() -> None:
    page = "<p>Anna: Hello.</p>"
    encryption = '<encryption><CipherReference URI="a.xhtml"/></encryption>'
    fonts = encryption.replace("a.xhtml", "font.otf")
    assert (
        refuse(book(page, **{"META-INF/encryption.xml": encryption})).code == "encrypted_document"
    )
    assert read_lines(book(page, **{"META-INF/encryption.xml": fonts})) == [["Anna: Hello."]]
    assert refuse(book(page, **{"book.opf": PACKAGE.replace("a.xhtml", "b.xhtml")})).code == (
        "damaged_book"
    )
    assert refuse(pack({"META-INF/container.xml": "<container/>"})).code == "damaged_book"


@pytest.mark.parametrize("head", [b"{\\rtf1 Anna: Hello.}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_other_documents_are_refused_with_what_to_do(head: bytes) -> None:
    error = refuse(head + b" " * 100)
    assert error.code == "binary_file"
    assert "save it as .docx or as text" in str(error)


def test_an_archive_without_a_document_is_told() -> None:
    with pytest.raises(ScriptError) as refused:
        list(open_script(make_zip({"notes.txt": "Anna: hi"}), format="docx"))
    assert refused.value.code == "damaged_document"
