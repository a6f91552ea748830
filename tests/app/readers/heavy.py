"""Files that are small, or not larger than others, and take long to read."""

import io
import zipfile
from collections.abc import Iterable

_COLUMNS = 1_000


def zipped(files: dict[str, Iterable[bytes]]) -> bytes:
    """A ZIP of files, each given in pieces."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in files.items():
            with archive.open(name, "w") as entry:
                for piece in pieces:
                    entry.write(piece)
    return buffer.getvalue()


def workbook(cells: int) -> bytes:
    """A workbook of so many cells; about a byte each, since all of them are alike."""
    row = b"<row>" + b'<c t="inlineStr"><is><t>a</t></is></c>' * _COLUMNS + b"</row>"
    ooxml = "http://schemas.openxmlformats.org"
    main = f'xmlns="{ooxml}/spreadsheetml/2006/main"'
    relations = f'xmlns="{ooxml}/package/2006/relationships"'
    kind = f"{ooxml}/officeDocument/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": [
                f'<Types xmlns="{ooxml}/package/2006/content-types">'
                '<Default Extension="xml" ContentType="application/xml"/>'
                '<Override PartName="/xl/workbook.xml" ContentType="application/'
                'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'.encode()
            ],
            "_rels/.rels": [
                f'<Relationships {relations}><Relationship Id="r1" '
                f'Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode()
            ],
            "xl/workbook.xml": [
                f'<workbook {main} xmlns:r="{kind}"><sheets>'
                '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'.encode()
            ],
            "xl/_rels/workbook.xml.rels": [
                f'<Relationships {relations}><Relationship Id="r1" '
                f'Type="{kind}/worksheet" Target="worksheets/s.xml"/></Relationships>'.encode()
            ],
            "xl/worksheets/s.xml": [
                f"<worksheet {main}><sheetData>".encode(),
                *[row] * (cells // _COLUMNS),
                b"</sheetData></worksheet>",
            ],
        }
    )


def document(paragraphs: int) -> bytes:
    """A DOCX of so many paragraphs, each a line of dialogue."""
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraph = b"<w:p><w:r><w:t>Anna: Hello there, Ben.</w:t></w:r></w:p>"
    return zipped(
        {
            "[Content_Types].xml": [b"<Types/>"],
            "word/document.xml": [
                f'<w:document xmlns:w="{name}"><w:body>'.encode(),
                *[paragraph * 1_000] * (paragraphs // 1_000),
                b"</w:body></w:document>",
            ],
        }
    )


def unclosed_quotes(rows: int) -> bytes:
    """A CSV in whose rows a quote is opened that the next row closes in the wrong place."""
    header = b"number,scene\n"
    return header + b'1,"Anna: Hello there.\n2,"Ben: Hello to you.\n' * (rows // 2)


def long_script(lines: int) -> bytes:
    """Plain text, which nothing is wrong with but that it is long."""
    return b"Anna: Hello there, how are you?\nBen: Quite well, thank you.\n\n" * (lines // 2)


def rambling(lines: int) -> bytes:
    """Plain text that begins with so many lines of dialogue, and goes on without any."""
    return long_script(lines) + b"nobody says this\n" * 6_000_000
