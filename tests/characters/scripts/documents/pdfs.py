"""PDF documents made by hand: rows of text at positions, in a font of one width."""

import zlib
from collections.abc import Sequence

Row = tuple[float, float, str]
"""Points from the left and from the bottom, and the text."""


def make_pdf(pages: Sequence[Sequence[Row]], *, font: str = "Courier", extra: str = "") -> bytes:
    count = len(pages)
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode(),
    ]
    for at, rows in enumerate(pages):
        content = zlib.compress(
            ("BT /F1 12 Tf " + " ".join(map(_show, rows)) + " ET").encode("cp1252")
        )
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * at} 0 R"
            f" /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        head = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + content + b"\nendstream")
    document = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(document))
        document += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R {extra}>>"
    start = len(document)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\n"
    return document + (tail + f"startxref\n{start}\n%%EOF\n").encode()


def _show(row: Row) -> str:
    x, y, text = row
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"1 0 0 1 {x} {y} Tm ({escaped}) Tj"


def column_page(*rows: tuple[int, str], number: str = "", title: str = "") -> list[Row]:
    """A page of rows 12 points apart, indented by characters of 7.2 points from the margin."""
    placed: list[Row] = [
        (108 + 7.2 * column, 700 - 12 * at, text) for at, (column, text) in enumerate(rows) if text
    ]
    if number:
        placed.append((540, 750, number))
    if title:
        placed.append((108, 750, title))
    return placed
