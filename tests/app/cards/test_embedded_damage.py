"""A script embedded in a card may hold what no database stores."""

import pytest

from tests.app.cards.shelf import LI, import_card
from tests.app.running import Running

pytestmark = pytest.mark.anyio


async def test_a_title_and_a_heading_of_half_a_character_are_mended(stage: Running) -> None:
    scene = {"heading": "夜\ud83d\0", "episode": "\ud83d", "lines": [["林晚", "好。", "：", None]]}
    offbook = {"version": 1, "scripts": [{"title": "船\ud83d\0", "scenes": [scene]}]}
    data = {**LI["data"], "extensions": {"offbook": offbook}}
    result = await import_card(stage, {**LI, "data": data})
    assert result["script"]["title"] == "船?"
