"""A judge behind real HTTP that says what a test wants it to say."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.app.serving import serving

_METRIC = re.compile(r"【评审方面】[^（]+（(\w+)）")
_AXIS = re.compile(r"【判断方面】(\w)（.*还是 (\w)（")
_ROLE = re.compile(r"【角色】([^（]+)（")

Answer = Callable[[str, str, int], str]
"""From the metric, the role, and how often it was asked just this, to what the judge says. Of an
interview the metric is a pair of letters, and the role is not told."""


@dataclass
class ScriptedJudge:
    """What the judge was asked, and where it is."""

    answer: Answer
    url: str = ""
    keys: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    """By the question's text."""
    most_at_once: int = 0
    _now: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> JSONResponse:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            body: dict[str, Any] = await request.json()
            self.keys.add(request.headers.get("Authorization", ""))
            text = body["messages"][-1]["content"]
            self.asked[text] += 1
            said = self.answer(*_subject(text), self.asked[text])
            self._now -= 1
            return JSONResponse({"choices": [{"message": {"content": said}}]})

        return app


def _subject(text: str) -> tuple[str, str]:
    """The metric and the role, or the letters of an interview and nobody."""
    if axis := _AXIS.search(text):
        return axis[1] + axis[2], ""
    metric, role = _METRIC.search(text), _ROLE.search(text)
    assert metric is not None
    assert role is not None
    return metric[1], role[1]


@contextmanager
def judging(answer: Answer) -> Iterator[ScriptedJudge]:
    """A judge on a free port."""
    judge = ScriptedJudge(answer)
    with serving(judge.app()) as client:
        judge.url = f"{client.base_url}/v1".replace("//v1", "/v1")
        yield judge
