"""Write the shapes of charts as SVG, which is small enough to need no library."""

from collections.abc import Iterable
from html import escape

INK, FAINT = "#222", "#ddd"


def svg_page(width: float, height: float, parts: Iterable[str]) -> str:
    """Return an SVG document: a white page with ``parts`` on it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">'
    )
    paper = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join([head, paper, *parts, "</svg>"]) + "\n"


def svg_line(x1: float, y1: float, x2: float, y2: float, color: str) -> str:
    """Return a line between two points."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def svg_text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal"
) -> str:
    """Return a text whose baseline begins, or by ``anchor`` lies otherwise, at a point."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{INK}">{escape(text)}</text>'
    )
