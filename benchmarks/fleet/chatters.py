"""Talk as people do in the page: send, read the reply as it comes, come back where it broke."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

from app.engines.sse import EventTooLongError, SSEParser
from benchmarks.fleet.options import FleetOptions
from benchmarks.fleet.talk import Talk, Turn

_SILENCE_SECONDS = 60.0
_FOLLOW_SECONDS = 60.0
_PATIENCE_SECONDS = 120.0
"""That a chatter comes back with one message while it is asked to wait."""
_BROKEN = (aiohttp.ClientError, OSError, TimeoutError, EventTooLongError)
_MOST_WAIT = 30.0


class Chatter:
    """Hold one guest, whose address and cookie are its own."""

    def __init__(
        self, number: int, base_url: str, slug: str, messages: Sequence[str], options: FleetOptions
    ) -> None:
        self._name = f"Visitor{number:04d}"
        self._slug = slug
        self._messages = messages
        self._random = random.Random(f"{options.seed}/{number}")  # noqa: S311 (nothing secret)
        self._think = options.think_seconds
        self._next = self._random.randrange(len(messages))
        self._conversation = ""
        # Addresses of its own, so that limits by address see many people; a connection for each
        # request, as the reload of a proxy may close one that is kept at any moment.
        address = f"127.1.{number // 250}.{number % 250 + 1}"
        self._http = aiohttp.ClientSession(
            base_url,
            connector=aiohttp.TCPConnector(force_close=True, local_addr=(address, 0)),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_SECONDS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def talk(self, talk: Talk, over: asyncio.Event) -> None:
        """Send messages until it is ``over``; a turn that began is followed to its end."""
        pause = self._random.uniform(0, self._think)  # they do not all come at once
        while not await _is_over_within(over, pause):
            if self._conversation or await self._open(talk):
                await self._turn(talk)
            pause = self._random.expovariate(1 / self._think)

    async def _open(self, talk: Talk) -> bool:
        """Open the conversation; return whether it is open."""
        wanted = {"character": self._slug, "user_name": self._name}
        try:
            async with self._http.post("/api/conversations", json=wanted) as answer:
                if answer.status == 201:
                    self._conversation = (await answer.json())["id"]
                    return True
                problem = f"open: {answer.status}"
        except _BROKEN as error:
            problem = f"open: {type(error).__name__}"
        talk.refused[problem] = talk.refused.get(problem, 0) + 1
        return False

    async def _turn(self, talk: Talk) -> None:
        text = self._messages[self._next % len(self._messages)]
        self._next += 1
        began = time.perf_counter()
        while True:
            turn = Turn(self._conversation)
            wait = await self._send(talk, turn, text)
            turn.ended = time.perf_counter()
            if wait is None or turn.ended + wait > began + _PATIENCE_SECONDS:
                break
            talk.waits += 1
            await asyncio.sleep(wait)
        talk.turns.append(turn)

    async def _send(self, talk: Talk, turn: Turn, text: str) -> float | None:
        """Take a turn; return the seconds to wait where the service asks to come back."""
        path = f"/api/conversations/{self._conversation}/messages"
        try:
            async with self._http.post(path, json={"content": text, "stream": True}) as answer:
                turn.status = answer.status
                turn.request = answer.headers.get("X-Request-ID", "")
                if answer.status == 200:
                    await self._listen(talk, turn, answer, text)
                else:
                    return await _refused(talk, turn, answer, text)
        except _BROKEN as error:
            turn.failure = turn.failure or f"broken: {type(error).__name__}"
        if turn.failure.startswith("broken"):
            await self._follow(talk, turn)
        return None

    async def _follow(self, talk: Talk, turn: Turn) -> None:
        """Follow a turn whose stream broke, as the page does, until it is over."""
        end = time.perf_counter() + _FOLLOW_SECONDS
        while time.perf_counter() < end:
            try:
                path = f"/api/conversations/{self._conversation}/turn"
                async with self._http.get(path) as answer:
                    if answer.status in (204, 404):
                        return
                    if answer.status == 200:
                        rest = Turn(turn.conversation)
                        await self._listen(talk, rest, answer, "")
                        if not rest.failure.startswith("broken"):
                            talk.resumed += 1
                            return
                    elif answer.status >= 500:
                        problem = f"follow: {answer.status}"
                        talk.refused[problem] = talk.refused.get(problem, 0) + 1
            except _BROKEN:
                pass
            await asyncio.sleep(1)

    async def _listen(
        self, talk: Talk, turn: Turn, answer: aiohttp.ClientResponse, text: str
    ) -> None:
        """Read a stream to its end, and note what it acknowledges."""
        parser = SSEParser()
        turn.failure = "broken: ended early"
        async for chunk in answer.content.iter_any():
            for name, data in parser.feed_events(chunk):
                if name == "delta" and turn.first is None:
                    turn.first = time.perf_counter()
                elif name == "message":
                    talk.acknowledged[json.loads(data)["id"]] = text
                elif name == "done":
                    reply = json.loads(data)
                    talk.acknowledged[reply["id"]] = reply["content"]
                    turn.take_usage(reply["usage"])
                    turn.failure = ""
                elif name == "error":
                    turn.failure = json.loads(data)["error"]["code"]


async def _is_over_within(over: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()
    return over.is_set()


async def _refused(
    talk: Talk, turn: Turn, answer: aiohttp.ClientResponse, text: str
) -> float | None:
    """Note a refusal; return the seconds to wait for one that is no failure."""
    body: dict[str, Any] = await answer.json(content_type=None)
    turn.failure = f"{answer.status} {body['error']['code']}"
    stored = (body["error"].get("detail") or {}).get("message")
    if stored:
        talk.acknowledged[stored["id"]] = text
    if answer.status in (409, 429):
        return min(_MOST_WAIT, float(answer.headers.get("Retry-After", 1)))
    return None
