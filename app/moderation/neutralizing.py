"""Break what a text could say to the guard that judges it. Pure.

A guard reads the text inside a template of its own: control tokens end its turn, and the headings
of known templates end the part that holds the conversation. Both are broken with a space, which
changes nothing of what the text means.
"""

import re

from app.engines.control_tokens import ControlTokens

_HEADINGS = (
    "<BEGIN CONVERSATION>",
    "<END CONVERSATION>",
    "<BEGIN UNSAFE CONTENT CATEGORIES>",
    "<END UNSAFE CONTENT CATEGORIES>",
)
"""Of the templates of Qwen3Guard and Llama Guard."""
_SPEAKER = re.compile(
    r"(?im)^([^\S\n]*(?:user|assistant|agent|human|system|safety|categories|refusal))([^\S\n]*[:：])"
)
"""At the beginning of a line: a further speaker, or a verdict."""
_CONTROL = ControlTokens(_HEADINGS)


def neutralize(text: str) -> str:
    """Return the text with its control tokens, template headings and forged speakers broken."""
    return _CONTROL.neutralize(_SPEAKER.sub(r"\1 -\2", text))
