"""Score a text with llama.cpp's server, which reports probabilities of what it generates only.

A grammar that admits a single sequence of tokens makes it generate the text. Sources:
``tools/server/README.md`` (``/completion``: ``n_probs``, ``post_sampling_probs``, ``logit_bias``)
and ``grammars/README.md`` (tokens by id).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.engines.connection import MOST_BYTES
from app.engines.openai_answers import answered_object, streamed_object, token_ids
from app.engines.openai_payload import RETRY_AFTER, chat_fields, most_tokens
from app.engines.port import (
    ChatMessage,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    Limits,
)
from app.engines.scoring import (
    BYTES_PER_ID,
    Ask,
    bounded,
    check_quota,
    field,
    most_bytes,
    number,
    unsupported,
)
from app.engines.sse import EventTooLongError, SSEParser
from characters.json_values import JsonObject, JsonValue

_BYTES_PER_CHARACTER = 6
"""Longest escape of a character in JSON."""
_BYTES_PER_PIECE = 256
"""Bound of a token with its text in an answer, above the average of any text."""
_REFERENCE = "a"
"""Text of a token that every vocabulary has and that is no part of a character."""
_APART = 200.0
"""Bias that leaves two tokens only; logits of all models are within some 50 of each other."""
_STEP = 100.0
"""Bias of a token above the one after it."""
_AHEAD = 15.0
"""Bias of the reference beyond the other's, so that it is the one that is generated."""
_GRAMMAR = "a grammar of token ids with `n_probs`"


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a token of the text to score."""

    id: int
    is_part: bool
    """Whether its bytes are only a part of a character."""


class LlamaCppScorer:
    """Implement :class:`~app.engines.scoring.TextScorer`.

    Tokens are generated one after another in one request, but the server neither lets a grammar
    choose a token that is a part of a character, nor reports its probability. Such a token is
    compared with a reference token instead, whose probability in the same place is reported.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._reference: int | None = None

    async def score(self, prompt: EnginePrompt, continuation: str, limits: Limits) -> list[float]:
        """See :meth:`TextScorer.score`."""
        tokens = await self._tokens(continuation)
        text = prompt if isinstance(prompt, str) else await self._templated(prompt)
        before = await self._prompt_ids(text)
        check_quota(before, [each.id for each in tokens], limits)
        scores: list[float] = []
        while len(scores) < len(tokens):
            rest = tokens[len(scores) :]
            whole = next((at for at, each in enumerate(rest) if each.is_part), len(rest))
            scores += await self._score_run(before, rest[: whole + 1])
            before = [*before, *(each.id for each in rest[: whole + 1])]
        return [bounded(each) for each in scores]

    async def _score_run(self, before: list[int], run: Sequence[Token]) -> list[float]:
        """Return the scores of a run; only its last token may be a part of a character."""
        ids = [each.id for each in run]
        if not run[-1].is_part:
            return await self._force(before, ids)
        reference = await self._reference_id()
        *scores, other = await self._force(before, [*ids[:-1], reference])
        ratio = await self._compare([*before, *ids[:-1]], ids[-1], reference)
        return [*scores, other + ratio]

    async def _force(self, before: list[int], ids: list[int]) -> list[float]:
        """Return the log-probabilities of tokens that a grammar makes the server generate."""
        grammar = "root ::= " + " ".join(f"<[{each}]>" for each in ids)
        asked = {"grammar": grammar, "n_probs": 1, **_in_order(ids)}
        steps = await self._generate(before, len(ids), asked)
        if [field(each, "id") for each in steps] != ids:
            raise unsupported("a grammar of token ids with `n_probs`")
        return [number(field(each, "logprob")) for each in steps]

    async def _compare(self, before: list[int], id: int, reference: int) -> float:
        """Return the log-probability of a token, less that of the reference in its place."""
        asked = {
            "n_probs": 2,
            "post_sampling_probs": True,
            "logit_bias": [[id, _APART], [reference, _APART + _AHEAD]],
            "samplers": ["top_k"],
            "top_k": 2,
            "seed": 0,
        }
        steps = await self._generate(before, 1, asked)
        likely = field(steps[0], "top_probs") if steps else None
        pairs = likely if isinstance(likely, list) else []
        found = {field(each, "id"): number(field(each, "prob")) for each in pairs}
        if set(found) != {id, reference} or not found[reference]:
            raise unsupported("`logit_bias` with `post_sampling_probs`")
        ratio = found[id] / found[reference]
        return math.log(ratio) + _AHEAD if ratio > 0 else -math.inf

    async def _generate(
        self, before: list[int], tokens: int, asked: Mapping[str, object]
    ) -> list[JsonValue]:
        """Return what the server reports of each token that it generates after a prompt."""
        body = {
            "prompt": before,
            "n_predict": tokens,
            "cache_prompt": True,
            # A failed write is how the server notices a closed connection: it writes an event for
            # each batch of the prompt and each token.
            "stream": True,
            "return_progress": True,
            # Otherwise the last event repeats the prompt and the grammar.
            "response_fields": ["stop"],
            **asked,
        }
        answer = await self._ask("/completion", body, most_bytes(tokens), tokens)
        return [step for event in _events(answer) for step in _steps(event)]

    async def _reference_id(self) -> int:
        if self._reference is None:
            self._reference = (await self._tokens(_REFERENCE))[-1].id
        return self._reference

    async def _tokens(self, text: str) -> list[Token]:
        """Return the tokens of a text on its own, none of them a special one."""
        asked = {"content": text, "parse_special": False, "with_pieces": True}
        listed = await self._tokenize(asked, text, _BYTES_PER_PIECE)
        pieces = listed.get("tokens")
        pieces = pieces if isinstance(pieces, list) else []
        ids = token_ids({"tokens": [field(each, "id") for each in pieces]}, most_tokens(text))
        return [
            Token(id, not _is_text(field(piece, "piece")))
            for id, piece in zip(ids, pieces, strict=True)
        ]

    async def _prompt_ids(self, text: str) -> list[int]:
        """Return the tokens of the prompt as a generation has them, with special ones."""
        asked = {"content": text, "add_special": True}
        return token_ids(await self._tokenize(asked, text, BYTES_PER_ID), most_tokens(text))

    async def _tokenize(self, asked: Mapping[str, object], text: str, each: int) -> JsonObject:
        most = MOST_BYTES + each * most_tokens(text)
        return answered_object(await self._ask("/tokenize", asked, most, 0))

    async def _templated(self, messages: Sequence[ChatMessage]) -> str:
        """Return the text that the model's own template makes of messages."""
        length = sum(len(each.content) for each in messages)
        most = MOST_BYTES + _BYTES_PER_CHARACTER * length
        answer = await self._ask("/apply-template", chat_fields(messages, "llamacpp"), most, 0)
        text = answered_object(answer).get("prompt")
        if not isinstance(text, str):
            raise EngineRequestError("The engine's chat template gave no text.")
        return text


def _in_order(ids: list[int]) -> dict[str, object]:
    """Return sampler settings by which most of the tokens are chosen in their order.

    The grammar ensures the order in any case, but is slow where the sampler chooses another token:
    it then checks the whole vocabulary, 11 ms for 150,000 tokens. Here each token has a larger bias
    than the next one, and one that was generated loses more than any bias. Tokens that repeat, or
    that end the prompt, are left to the grammar. None of this changes reported probabilities.
    """
    biases: dict[int, float] = {}
    for at, id in enumerate(ids):
        biases.setdefault(id, (len(ids) - at) * _STEP)
    return {
        "samplers": ["penalties", "temperature"],
        "temperature": 0,
        "logit_bias": [[id, bias] for id, bias in biases.items()],
        "presence_penalty": len(ids) * _STEP,
        "repeat_last_n": len(ids),
    }


def _events(answer: bytes) -> Iterator[JsonObject]:
    """Yield the events of a streamed answer; raise the error that one of them describes."""
    parser = SSEParser()
    try:
        payloads = [*parser.feed(answer), *parser.close()]
    except EventTooLongError as error:
        raise EngineUnavailableError(
            "The engine sends more than a score can be.", retry_after=RETRY_AFTER
        ) from error
    for payload in payloads:
        if payload != "[DONE]":
            yield streamed_object(payload)


def _steps(event: JsonObject) -> list[JsonValue]:
    steps = event.get("completion_probabilities")
    return steps if isinstance(steps, list) else []


def _is_text(piece: JsonValue) -> bool:
    """Return whether a grammar can choose a token: the server lists other pieces as bytes."""
    return isinstance(piece, str) and piece != "" and not piece.startswith("\0")
