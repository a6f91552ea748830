"""Read a card's example dialogue, ``mes_example``, in the ways in which people write it."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field

from characters.cards.model import Card
from characters.json_values import storable
from characters.macros import MacroValues, expand
from characters.scripts.directions import Directions
from characters.scripts.model import Line, Scene

_BREAK = re.compile(
    r"(?:[<\[({]\s*/?\s*(?:start|end)(?:[ _]of[ _]\w{1,20})?\s*[>\])}]|<\|?(?:start|end)\|?>"
    r"|\[(?:start a new chat|new chat|example chat|example dialogue)\]|start:$"
    r"|</?\w[\w -]{0,30}>$"
    r"|end_of_dialog(?:ue)?|(?:(?:\*\s?){3,}|-{3,}|={3,}|#{3,}|~{3,})$)[:\s]*",
    re.IGNORECASE,
)
_ROW_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_BREAK_WITHIN = re.compile(
    r"(?<=\S)\s*\b(?=END_OF_DIALOG)|(?<=END_OF_DIALOG)\s+|(?<=END_OF_DIALOGUE)\s+"
)
_SINGLE_BRACES = re.compile(
    r"^([-•>*_\s]{0,8})(?:#?\{(?=user|char)(user|char)(?:acter)?\})(?=[*_]{0,3}\s?[:：])"
)
"""Backyard's names."""
_TEMPLATE = re.compile(
    r"^#{2,3} ?(?:(?P<user>instruction|input|human|user)|response|output|assistant|ai)\s*:?\s*"
    r"|<\|im_start\|>(?:(?P<turn>user)|assistant|model)\s*|(?P<end><\|im_end\|>|<\|eot_id\|>)",
    re.IGNORECASE,
)
"""Marks of instruction formats."""
_NUMBER = re.compile(r"^\s*\d{1,3}[.)]\s+(?=[*_]{0,3}(?:\{\{|<))")
_BREAK_BEHIND = re.compile(r"\s*(?:END_OF_DIALOG(?:UE)?|<END>)\s*$")
_TURN_WITHIN = re.compile(
    r"(?<=[.!?…\"”*_)~。！？」』）])\s+(?=[*_]{0,3}(?:\{\{(?:char|user)\}\}|<(?:char|bot|user)>)[*_]{0,3}\s?:)",
    re.IGNORECASE,
)
"""Where a further turn begins in the same row."""
_LABEL = re.compile(
    r"[-•#>\s]{0,8}(?P<open>[*_\"“\[(]{0,4})\s*(?P<name>[^:：\n*\"“”\[\]()]{1,80}?)\s*"
    r"(?:[(\[](?P<aside>[^()\[\]]{1,60})[)\]]\s*)?(?P<inner>[*_\"”\])]{0,4})\s*"
    r"(?P<colon>[:：])(?P<outer>[*_\"”\])]{0,4})(?P<space>\s?)(?P<text>.*)",
    re.DOTALL,
)
_USERS = re.compile(
    r"\{\{random_user_\d+\}\}|user|you|anon|anonymous|human|me|用户|使用者|玩家|你|我|ユーザー|あなた",
    re.IGNORECASE,
)
_WORDS = 4
_NO_NAMES = re.compile(
    r"(?:.*\b)?(?:mood|location|place|time|date|day|outfit|clothes|clothing|wearing|thoughts?|weather|hp"
    r"|mp|status|affection|trust|relationship|action|emotions?|position|goal|note|notes|ooc|warning"
    r"|name|age|health|money|inventory|stats?|scene|setting|summary|ps|p\.s\.|level|score|system"
    r"|https?|example|rule|rules|step|title|chapter|day \d+|心情|时间|時間|地点|地點|状态|狀態"
    r"|好感度|想法|内心|天气|服装|备注|注意|旁白)",
    re.IGNORECASE,
)
_SPEECH_ENDS = tuple('.!?…"”*)~。！？」』）～♪')
_CAPITAL = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class ExampleDialogue:
    """Hold the example dialogue of a card."""

    scenes: list[Scene] = field(default_factory=list)
    unspoken: list[str] = field(default_factory=list)
    """Rows above the first line of a scene, which no speaker says. They are its directions, if it
    has a line at all."""


def read_example_dialogue(card: Card, values: MacroValues) -> ExampleDialogue:
    """Return ``mes_example`` as scenes of ``values.char``, ``values.user`` and third speakers.

    Scenes begin at ``<START>``, ``END_OF_DIALOG`` and rules; lines at ``{{char}}:``, ``{{user}}:``
    (or the names themselves), also emphasised, and at another name before words that read as
    speech; the rows after them continue the line. Macros stay in the texts, to be expanded where
    they are shown. Rows are counted in ``mes_example``, from 1.
    """
    typed = storable(card.text("mes_example")).splitlines()
    reader = _Reader(_Names(card, values, typed))
    for row, source in enumerate(typed, 1):
        for part in _ROW_BREAK.split(source.strip()):
            for piece in _BREAK_WITHIN.split(part):
                reader.read(row, _with_macros(piece.strip()))
    reader.end_scene()
    return reader.dialogue


def _with_macros(text: str) -> str:
    """Return a row without its number, and with ``{{user}}`` for the ways to write it."""
    text = _TEMPLATE.sub(_name_role, text)
    return _SINGLE_BRACES.sub(r"\1{{\2}}", _NUMBER.sub("", text))


def _name_role(mark: re.Match[str]) -> str:
    if mark["end"]:
        return ""
    return "{{user}}: " if mark["user"] or mark["turn"] else "{{char}}: "


class _Reader:
    def __init__(self, names: "_Names") -> None:
        self.dialogue = ExampleDialogue()
        self._names = names
        self._lines: list[Line] = []
        self._more: list[list[str]] = []
        """For each line the rows that continue it."""
        self._directions = Directions()

    def read(self, row: int, text: str) -> None:
        while match := _BREAK.match(text):
            self.end_scene()
            text = text[match.end() :]
        ended = _BREAK_BEHIND.search(text[-40:])
        if ended:
            text = text[: len(text) - len(ended[0])]
        for part in _TURN_WITHIN.split(text):
            self._add(row, part)
        if ended:
            self.end_scene()

    def end_scene(self) -> None:
        """Keep the lines so far as a scene."""
        whole = (
            line._replace(text="\n".join([line.text, *rows]).strip())
            for line, rows in zip(self._lines, self._more, strict=True)
        )
        spoken = tuple(line for line in whole if line.text)
        if spoken:
            directions = self._directions.take(len(spoken))
            self.dialogue.scenes.append(Scene(spoken, spoken[0].row, directions=directions))
        self._lines, self._more = [], []
        self._directions.clear()

    def _add(self, row: int, text: str) -> None:
        if not text:
            return
        match = _LABEL.fullmatch(text)
        speaker = self._names.speaker_of(match) if match else None
        if match and speaker:
            said, colon = match["text"].strip(), match["colon"] + match["space"]
            if match["open"] and not match["inner"] and not match["outer"]:
                said = _without_closing(said, match["open"].strip())
            if match["aside"]:
                said = f"({match['aside']}) {said}".strip()
            self._lines.append(Line(speaker, said, row, colon=colon))
            self._more.append([])
        elif self._lines:
            self._more[-1].append(text)
        else:
            self.dialogue.unspoken.append(text)
            self._directions.add(0, row, text)


def _without_closing(said: str, opening: str) -> str:
    """Return a text without the mark that closes emphasis of the whole turn: ``*Name: text*``."""
    closing = {"“": "”", "[": "]", "(": ")"}.get(opening, opening)
    inner = said.removesuffix(closing)
    return inner.rstrip() if closing and inner != said and closing not in inner else said


class _Names:
    """Say who speaks behind a label."""

    def __init__(self, card: Card, values: MacroValues, typed: list[str]) -> None:
        self._values = values
        names = {values.char, card.name, card.spoken_name}
        parts = {part for name in names for part in (name.split()[:1] + name.split()[-1:])}
        self._own = {name.casefold() for name in names | parts if name}
        labels = (_LABEL.fullmatch(row[:200].strip()) for row in typed if ":" in row or "：" in row)
        self._counts = Counter(match["name"] for match in labels if match)

    def speaker_of(self, label: re.Match[str]) -> str | None:
        """Return the speaker; None for a label that is a part of what is said."""
        values = self._values
        name = expand(label["name"], values, random.Random(0))  # noqa: S311  # names leave nothing to chance
        if name.casefold() in self._own:
            return values.char
        if name == values.user or _USERS.fullmatch(name):
            return values.user
        return name if self._is_third(name, label) else None

    def _is_third(self, name: str, label: re.Match[str]) -> bool:
        """Return whether a label names a third speaker, rather than a field of a status block."""
        words = name.split()
        if len(words) > _WORDS or "{{" in label["name"] or _NO_NAMES.fullmatch(name):
            return False
        if not all(_CAPITAL.match(word) and not word[0].islower() for word in words):
            return False
        return self._counts[label["name"]] > 1 or label["text"].rstrip().endswith(_SPEECH_ENDS)
