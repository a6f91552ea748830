"""Ask a language model at an OpenAI-compatible endpoint, and read what it answers strictly."""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

from app.engines.control_tokens import ControlTokens
from app.settings import JudgeSettings
from app.tools.evaluation.judges.endpoint import JudgeEndpoint, RefusedRequestError
from characters.json_values import JsonObject, JsonTextError, parse_json

TEMPERATURES = (0.0, 0.5, 0.9)
"""Of each attempt: at the same temperature a judge would repeat its nonsense."""
MOST_REASON = 160
"""Characters of a reason, for judges that can be held to a schema."""

_MOST_READ = 20_000
"""Characters of an answer, from its end."""
_MOST_STARTS = 50
"""Opening braces at which the object of an answer may begin."""
_FENCE = re.compile(r"\s*```\s*$")
_UNCONSTRAINED = {400, 404, 415, 422, 501}
"""Statuses of servers that may answer without ``response_format``."""
_SHOWN = 80

Schema = Mapping[str, object]
Verdict = TypeVar("Verdict")


class UnscoredError(Exception):
    """No verdict can be had; the message says why."""


class JudgeModel:
    """Ask one model. Safe for concurrent calls."""

    def __init__(self, endpoint: JudgeEndpoint, settings: JudgeSettings) -> None:
        self._endpoint = endpoint
        self._model = settings.model
        self._most_tokens = settings.max_tokens
        self._control = ControlTokens()
        self.is_constrained = True
        """Whether the endpoint holds answers to a schema; false once it has refused to."""

    @property
    def name(self) -> str:
        """Return the model's name at its endpoint."""
        return self._model

    async def ask(
        self,
        messages: Sequence[dict[str, str]],
        temperature: float = 0.0,
        schema: Schema | None = None,
    ) -> str:
        """Return the model's answer, empty where it has no text.

        Control tokens that the quoted texts spell are broken, so that they stay text. An endpoint
        that refuses ``response_format`` is asked without it from then on.
        """
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                each | {"content": self._control.neutralize(each["content"])} for each in messages
            ],
            "temperature": temperature,
            "max_tokens": self._most_tokens,
        }
        if schema is None or not self.is_constrained:
            return _text(await self._endpoint.post("/chat/completions", body))
        try:
            held = body | {"response_format": _response_format(schema)}
            return _text(await self._endpoint.post("/chat/completions", held))
        except RefusedRequestError as error:
            if error.status not in _UNCONSTRAINED:
                raise
        answer = _text(await self._endpoint.post("/chat/completions", body))
        self.is_constrained = False
        return answer

    async def verdict(
        self,
        messages: Sequence[dict[str, str]],
        schema: Schema,
        read: Callable[[JsonObject], Verdict | None],
    ) -> Verdict:
        """Return what ``read`` makes of the answer's object; None asks again, twice at most.

        Raises :class:`UnscoredError` where no answer can be read.
        """
        answer = ""
        for temperature in TEMPERATURES:
            answer = await self.ask(messages, temperature, schema)
            found = read_object(answer)
            if found is not None and (verdict := read(found)) is not None:
                return verdict
        raise UnscoredError(f"The judge gives no verdict that can be read: {answer[:_SHOWN]!r}")


def read_object(answer: str) -> JsonObject | None:
    """Return the JSON object that is the answer, or with which it ends; None for any other."""
    text = _FENCE.sub("", answer[-_MOST_READ:]).rstrip()
    if not text.endswith("}"):
        return None
    starts = (match.start() for match in re.finditer(r"\{", text))
    for start in islice(starts, _MOST_STARTS):
        try:
            value = parse_json(text[start:])
        except JsonTextError:
            continue
        return value if isinstance(value, dict) else None
    return None


def read_choice(of: JsonObject, name: str, choices: Sequence[str]) -> str | None:
    """Return the member of an object if it is exactly one of the choices."""
    value = of.get(name)
    return value if isinstance(value, str) and value in choices else None


def prompt_digest(messages: Sequence[Mapping[str, str]]) -> str:
    """Return a hash of a prompt, by which its verdict is kept."""
    texts = "\0".join(each["content"] for each in messages)
    return sha256(texts.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def choice_schema(name: str, choices: Sequence[str]) -> Schema:
    """Return the schema of an object with a reason and one of the choices."""
    return object_schema({"reason": REASON, name: {"type": "string", "enum": list(choices)}})


def object_schema(properties: Mapping[str, object]) -> Schema:
    """Return the schema of an object that has all of these members, and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


REASON: Schema = {"type": "string", "maxLength": MOST_REASON}
"""Schema of a judge's reason."""


def _response_format(schema: Schema) -> dict[str, object]:
    named = {"name": "verdict", "schema": dict(schema), "strict": True}
    return {"type": "json_schema", "json_schema": named}


def _text(answer: Any) -> str:
    try:
        content = answer["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        return ""
    return content if isinstance(content, str) else ""
