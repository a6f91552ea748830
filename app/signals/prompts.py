"""Keep the prompt of a reply with what is said about the reply: its exact pieces. Pure.

A kept prompt is JSON: ``style``, ``completion`` or ``chat``, and ``parts``, each with its ``kind``,
its ``text`` and, of a chat prompt, the number of its ``message`` and the ``role`` of that. In their
order, the texts of all parts are the prompt. The retrieved lines are the parts of the kind
``example``; the kinds are those of a reply's prompt record.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

MOST_PROMPT_CHARACTERS = 100_000
"""Of all parts together. A longer prompt is not kept: a shortened one is not what was answered."""

KeptPrompt = dict[str, Any]


def messages_of(prompt: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the messages of a kept chat prompt, each with ``role`` and ``content``.

    A prompt in one piece becomes one message of the user's.
    """
    parts: Sequence[Mapping[str, Any]] = prompt["parts"]
    if prompt["style"] == "completion":
        return [{"role": "user", "content": text_of(prompt)}]
    return [
        {"role": role, "content": "".join(part["text"] for part in pieces)}
        for (_, role), pieces in groupby(parts, key=lambda part: (part["message"], part["role"]))
    ]


def text_of(prompt: Mapping[str, Any]) -> str:
    """Return the text of a kept completion prompt."""
    return "".join(part["text"] for part in prompt["parts"])


def retrieved_of(prompt: Mapping[str, Any]) -> list[str]:
    """Return the lines of the script that a kept prompt shows, an example a text."""
    return [part["text"] for part in prompt["parts"] if part["kind"] == "example"]
