"""Judges that say what a test wants them to say, and a corpus whose speakers can be known."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from string import ascii_lowercase

from app.settings import JudgeSettings
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.gate import GatedJudge, GateFigures
from app.tools.evaluation.judges.model import JudgeModel, Schema
from app.tools.evaluation.judges.speaker_questions import Corpus
from characters.scripts.model import Line, Scene
from retrieval.evaluation.intervals import Interval

WORDS = {"Ada": "tides", "Ben": "wheels", "Cleo": "bread", "Dan": "letters", "Eve": "snow"}
"""What each speaker always talks about."""

Answer = Callable[[str], str]
"""From the text that the judge is shown to what it says."""

_CANDIDATE = re.compile(r"\[Speaker (\w)\]\n((?:- .*\n?)+)")
_LINE = re.compile(r"\[The line\]\n(.*)")


class SayingJudge(JudgeModel):
    """Says what a function makes of the text, and counts how often it is asked each."""

    def __init__(self, answer: Answer, name: str = "strict") -> None:
        super().__init__(object.__new__(JudgeEndpoint), JudgeSettings(model=name))
        self.answer = answer
        self.asked: Counter[str] = Counter()
        self.temperatures: list[float] = []

    async def ask(
        self,
        messages: Sequence[dict[str, str]],
        temperature: float = 0.0,
        schema: Schema | None = None,
    ) -> str:
        assert schema is not None
        text = messages[-1]["content"]
        self.asked[text] += 1
        self.temperatures.append(temperature)
        return self.answer(text)


def said(**members: object) -> str:
    return json.dumps({"reason": "so it is", **members})


def gated(answer: Answer, name: str = "strict") -> GatedJudge:
    """A judge as it is behind the gate."""
    return GatedJudge(SayingJudge(answer, name), gate_figures(name))


def gate_figures(judge: str = "strict", accuracy: float = 0.8) -> GateFigures:
    return GateFigures(
        judge=judge,
        corpus="ab12",
        questions=100,
        fewest_choices=4,
        most_choices=4,
        chance=0.25,
        accuracy=Interval(accuracy, accuracy - 0.1, accuracy + 0.1),
        consistency=Interval(0.9, 0.8, 0.95),
        unreadable=3,
        is_constrained=True,
    )


def corpus(scenes: int = 40, speakers: Sequence[str] = tuple(WORDS)) -> Corpus:
    """Scenes in which each speaks once, of what they always speak of, and to the next by name."""
    rng = random.Random(1)
    made = []
    for number in range(scenes):
        lines = [
            Line(
                who,
                f"So many {WORDS[who]} in year {number}, {speakers[at - 1]}: {_babble(rng)}?",
                row=number * len(speakers) + at + 1,
            )
            for at, who in enumerate(speakers)
        ]
        made.append(Scene(lines, row=lines[0].row))
    return Corpus("Years", made)


def _babble(rng: random.Random) -> str:
    """What is said nowhere else: scenes that are nearly equal count as one."""
    return " ".join("".join(rng.choices(ascii_lowercase, k=8)) for _ in range(4))


def knows(text: str) -> str:
    """Say the right speaker: the one whose other lines have the line's word."""
    [line] = _LINE.findall(text)
    [word] = [word for word in WORDS.values() if word in line]
    [letter] = [letter for letter, lines in _CANDIDATE.findall(text) if word in lines]
    return said(speaker=letter)


def first(text: str) -> str:
    """Say the candidate that stands first, whoever it is."""
    return said(speaker="A")
