"""Draw the pictures that are stored as pixels: ``python -m tests.web.drawings``.

Browsers ask for an application's icons as PNG, and cards for portraits; both are drawn from SVG.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.web.conftest import _ARGUMENTS, _chromium

_ROOT = Path(__file__).parents[2]
_ICONS = _ROOT / "app" / "web" / "static" / "img"
_SAMPLES = _ROOT / "characters" / "samples"


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_ARGUMENTS)
        page = browser.new_page()
        for portrait in _SAMPLES.glob("*/pictures/*.svg"):
            if portrait.stem != "backdrop":
                drawn = _draw(page, portrait, 600, 800)
                drawn.save(portrait.with_suffix(".webp"), quality=84, method=6)
        for size in (192, 512):
            _plain(_draw(page, _ICONS / "app-icon.svg", size, size), _ICONS / f"icon-{size}.png")
        maskable = _draw(page, _ICONS / "app-icon-maskable.svg", 512, 512)
        _plain(maskable, _ICONS / "icon-maskable-512.png")
        browser.close()


def _draw(page: Page, file: Path, width: int, height: int) -> Image.Image:
    page.set_viewport_size({"width": width, "height": height})
    svg = file.read_text(encoding="utf-8")
    page.set_content(
        f"<style>*{{margin:0}}svg{{display:block;width:{width}px;height:{height}px}}</style>{svg}"
    )
    return Image.open(BytesIO(page.screenshot(omit_background=True)))


def _plain(drawn: Image.Image, file: Path) -> None:
    """Save a drawing of few colours in few bytes."""
    drawn.quantize(64, method=Image.Quantize.FASTOCTREE).save(file, optimize=True)


if __name__ == "__main__":
    main()
