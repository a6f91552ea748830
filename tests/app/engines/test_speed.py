"""What a measurement reads: a prompt like real ones, or as much of it as fits."""

import pytest

from app.engines.port import PromptStyle
from app.engines.scripted import ScriptedEngine
from app.engines.speed import measure_speed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("style", ["completion", "chat"])
@pytest.mark.parametrize(("context", "times"), [(4_096, 8), (180, 3), (110, 1)])
async def test_the_prompt_fits_the_context(style: PromptStyle, context: int, times: int) -> None:
    """The paragraph has 32 words and marks, a reply 32 tokens, and a template 32 at most."""
    engine = ScriptedEngine(prompt_style=style, context_length=context)
    speed = await measure_speed(engine)
    assert speed.prompt > 0
    assert speed.reply > 0
    [call] = engine.calls
    assert str(call.prompt).count("lit at six") == times
