"""Judge texts with a classifier behind an OpenAI-compatible API."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.engines.connection import LOST, EngineHttp, is_success
from app.engines.openai_answers import answered_object
from app.engines.port import EngineError
from app.moderation.circuit import Circuit
from app.moderation.neutralizing import neutralize
from app.moderation.port import Finding, ModerationError, Passage
from app.moderation.verdicts import chat_verdict, moderations_findings
from characters.json_values import JsonObject

_MOST_BYTES = 200_000
"""Of an answer; a verdict has a few hundred."""
_VERDICT_TOKENS = 128
_WINDOW = 6_000
"""Characters that are judged at once; a longer text is judged in windows."""
_OVERLAP = 500
_AT_ONCE = 4
"""Windows of one text that are judged side by side."""
_ASKED = 2_000
"""Characters of the message that a reply is judged with: its end."""
_PAUSE = 0.2
_CONNECT_TIMEOUT = 3.0
_REST_SECONDS = 5.0
_RETRIED = {408, 425, 429, 500, 502, 503, 504}

ReadVerdict = Callable[[str], Sequence[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardOptions:
    """Hold where a guard is, and how it is asked."""

    url: str
    model: str = ""
    key: str | None = None
    timeout: float = 5.0
    """Seconds for a verdict, all attempts together: a reply waits for it."""
    retries: int = 1
    read_verdict: ReadVerdict | None = None
    """Reads the text of a guard that answers as a chat; None for ``/v1/moderations``."""


@dataclass(slots=True)
class GuardModerator:
    """Implement :class:`~app.moderation.port.Moderator` over HTTP.

    After three failures in a row the guard is left alone for some seconds, so that turns do not
    wait for one that is down.
    """

    options: GuardOptions
    name: str
    reach: Literal[0] = 0
    circuit: Circuit = field(default_factory=lambda: Circuit(_REST_SECONDS))
    _http: EngineHttp = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the connection, which opens with the first question."""
        options = self.options
        self._http = EngineHttp(options.url, options.key, _CONNECT_TIMEOUT, reset=False)

    async def judge(self, passage: Passage) -> Sequence[Finding]:
        """See :meth:`Moderator.judge`; every window of a long text is judged."""
        windows = windows_of(passage)
        found: dict[str, Finding] = {}
        for start in range(0, len(windows), _AT_ONCE):
            some = windows[start : start + _AT_ONCE]
            for findings in await asyncio.gather(*(self._judge(passage, each) for each in some)):
                found = {each.category: each for each in findings} | found
        return list(found.values())

    async def aclose(self) -> None:
        """End all questions."""
        await self._http.aclose()

    async def _judge(self, passage: Passage, text: str) -> Sequence[Finding]:
        path, body = self._question(passage, text)
        try:
            async with asyncio.timeout(self.options.timeout):
                return await self._verdict(path, body)
        except TimeoutError as error:
            self.circuit.fail()
            seconds = self.options.timeout
            raise ModerationError("timeout", f"No verdict within {seconds:g} seconds.") from error

    async def _verdict(self, path: str, body: dict[str, object]) -> Sequence[Finding]:
        """Return the guard's verdict; ask again after a failure that may pass."""
        for attempt in range(self.options.retries + 1):
            if attempt:
                await asyncio.sleep(_PAUSE)
            try:
                return self._read(await self._ask(path, body))
            except ModerationError as error:
                if attempt == self.options.retries or error.kind == "unreadable":
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def _ask(self, path: str, body: dict[str, object]) -> bytes:
        if not self.circuit.admits():
            raise ModerationError("unavailable", "The guard failed several times in a row.")
        self.circuit.begin()
        try:
            answer = await self._http.ask("POST", path, body, most_bytes=_MOST_BYTES)
        except asyncio.CancelledError:  # also where the time is over
            self.circuit.abandon()
            raise
        except (*LOST, EngineError) as error:
            self.circuit.fail()
            raise ModerationError("unavailable", "The guard does not answer.") from error
        if not is_success(answer.status):
            self.circuit.fail()
            kind: Literal["unavailable", "unreadable"] = (
                "unavailable" if answer.status in _RETRIED else "unreadable"
            )
            raise ModerationError(kind, f"The guard answers with status {answer.status}.")
        self.circuit.succeed()
        return answer.body

    def _question(self, passage: Passage, text: str) -> tuple[str, dict[str, object]]:
        model = {"model": self.options.model} if self.options.model else {}
        text = neutralize(text)
        if self.options.read_verdict is None:
            return "/v1/moderations", {**model, "input": text}
        messages = [{"role": "user", "content": text}]
        if passage.side == "reply":
            # A conversation begins with the user, also where the reply is to no message.
            asked = neutralize(passage.asked[-_ASKED:]) or "…"
            messages = [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": text},
            ]
        bounds = {"max_tokens": _VERDICT_TOKENS, "temperature": 0, "stream": False}
        return "/v1/chat/completions", {**model, "messages": messages, **bounds}

    def _read(self, body: bytes) -> Sequence[Finding]:
        try:
            answer: JsonObject = answered_object(body)
        except EngineError as error:
            raise ModerationError("unreadable", "The guard's answer is no JSON object.") from error
        read = self.options.read_verdict
        return moderations_findings(answer) if read is None else read(chat_verdict(answer))


def windows_of(passage: Passage) -> list[str]:
    """Return the parts of a text that are judged, each as long as a guard takes at once.

    Of a reply that was judged before, the window that ends with the new characters.
    """
    text, new = passage.text, passage.new
    if new is not None and new + _OVERLAP <= _WINDOW:
        return [text[-_WINDOW:]]
    if new is not None:
        text = text[-(new + _OVERLAP) :]
    step = _WINDOW - _OVERLAP
    starts = range(0, max(1, len(text) - _OVERLAP), step)
    return [text[start : start + _WINDOW] for start in starts]
