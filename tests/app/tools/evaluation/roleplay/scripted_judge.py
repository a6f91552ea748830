"""A judge behind real HTTP that says what a test wants it to say."""

import json
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
_RESPECT = re.compile(r"【检查的方面】[^（]+（(\w+)）")
_CANDIDATE = re.compile(r"【人物(\w)】\n((?:- .*\n?)+)")
_LINE = re.compile(r"【这句话】\n(.*)")
_VOICES = {
    "林澈": ("昨夜风大", "龙骨还差", "那封信里", "那你为什么哭"),
    "苏禾": ("灯塔的门", "想得太多", "从不离开", "一首旧歌", "已经包好", "年轻的时候"),
    "老郑": ("我的船", "潮水可不等人", "药铺今天", "这把老骨头"),
}
"""What each says in the made-up benchmark."""
_ROLE = re.compile(r"【角色】([^（\n]+)")

Answer = Callable[[str, str, int], str]
"""From the metric, the role, and how often it was asked just this, to what the judge says. Of an
interview the metric is a pair of letters, and the role is not told."""


@dataclass
class ScriptedJudge:
    """What the judge was asked, and where it is."""

    answer: Answer
    knows: bool = True
    """Whether it knows the speakers; else it names the first candidate."""
    url: str = ""
    keys: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    """By the question's text, but for those of the gate."""
    gate: int = 0
    """How often it was asked for a speaker."""
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
            if "【这句话】" in text:
                self.gate += 1
                said = json.dumps({"reason": "", "speaker": _speaker(text) if self.knows else "A"})
            else:
                self.asked[text] += 1
                said = self.answer(*_subject(text), self.asked[text])
            self._now -= 1
            return JSONResponse({"choices": [{"message": {"content": said}}]})

        return app


def _subject(text: str) -> tuple[str, str]:
    """The metric and the role, or the letters of an interview and nobody."""
    if axis := _AXIS.search(text):
        return axis[1] + axis[2], ""
    metric, role = _METRIC.search(text) or _RESPECT.search(text), _ROLE.search(text)
    assert metric is not None
    assert role is not None
    return metric[1], role[1]


def _speaker(text: str) -> str:
    """The letter of the candidate who says the line."""
    [line] = _LINE.findall(text)
    [said] = [of for of in _VOICES.values() if any(part in line for part in of)]
    [letter] = [
        letter for letter, lines in _CANDIDATE.findall(text) if any(part in lines for part in said)
    ]
    return str(letter)


@contextmanager
def judging(answer: Answer, *, knows: bool = True) -> Iterator[ScriptedJudge]:
    """A judge on a free port."""
    judge = ScriptedJudge(answer, knows)
    with serving(judge.app()) as client:
        judge.url = f"{client.base_url}/v1".replace("//v1", "/v1")
        yield judge
