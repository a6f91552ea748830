"""Judge what a model writes as a character's reply."""

import re
from dataclasses import replace

from characters.language import Language
from characters.prompting.stops import profile_labels
from characters.screening.advice import ADVICE
from characters.screening.assistant_talk import ANNOUNCEMENTS, CODE
from characters.screening.avoided_words import TEMPTATIONS, tempting_words
from characters.screening.echo import OwnWords
from characters.screening.introductions import Introductions, asks_who
from characters.screening.meta_talk import ARTIFICIAL, MODEL, PROMPT, ROLE, STAGE, own_name
from characters.screening.model import Finding, ScreenedDialogue
from characters.screening.phrases import find_phrase
from characters.screening.refusals import REFUSALS
from characters.screening.repeats import KnownRuns, spoken, without_quotations
from characters.screening.sentences import sentences, width
from characters.screening.service import SERVICE
from characters.screening.speakers import SpeakerLabels
from characters.screening.suspicions import SUSPICIONS
from characters.screening.words import plain, words_of
from characters.screening.wrong_language import (
    CharacterLanguage,
    asks_for_a_language,
    has_language,
)

_META = (MODEL, ARTIFICIAL, PROMPT, ROLE, STAGE)
_ASSISTANT = (REFUSALS, ANNOUNCEMENTS, SERVICE, ADVICE, CODE)

_EARLIER_RUN: dict[Language, int] = {"en": 8, "zh": 12}
_EARLIER_SENTENCE: dict[Language, int] = {"en": 6, "zh": 9}
_EXAMPLE_RUN: dict[Language, int] = {"en": 12, "zh": 18}
_PROFILE_RUN: dict[Language, int] = {"en": 11, "zh": 18}
_PROFILE_SENTENCE: dict[Language, int] = {"en": 6, "zh": 9}
_UNASKED_PROFILE_RUN: dict[Language, int] = {"en": 6, "zh": 8}
"""Where the user asks nothing about the character."""
_INSTRUCTION_RUN: dict[Language, int] = {"en": 6, "zh": 8}
"""Words, or Chinese characters, that count as word for word. Fewer are a turn of phrase: shortest
for the instructions, whose words no character says by chance."""
_EARLIER_REPLIES = 40
"""Newest earlier replies that are compared."""
_USER_LINES = 4
"""Lines of the user, before the newest, that a reply may not claim."""

_LONGEST_LINE = 300
"""Width of a line of the script that is said instead of a reply."""

_NEAR_REPLIES = 2
"""Newest earlier replies that are not said again as a whole even where they are short."""
_LEAST_REPEATED = 4
"""Words, or Chinese characters, of such a reply: "Of course, dear." may be said twice."""

_ASKS_AGAIN = re.compile(
    r"\bagain\b|\brepeat\b|\bonce more\b|\bpardon\b|\bwhat did you say\b|\bsay that\b"
    r"|再说|再讲|再念|再唱|再来一|重复|重说|又一遍|说了什么|没听清|没听见|一遍",
    re.IGNORECASE,
)
_HEARER = re.compile(r"\byou(?:r|rs|rself)?\b|[你您]", re.IGNORECASE)
_SPEAKER = re.compile(r"\b(?:I|my)\b|我", re.IGNORECASE)


class Screen:
    """Judge texts of one reply. It changes nothing, and judges the same text always the same."""

    def __init__(self, dialogue: ScreenedDialogue) -> None:
        """Know the dialogue that the reply belongs to."""
        persona, language = dialogue.persona, dialogue.persona.language
        lines = spoken(dialogue.examples)
        own = "\n".join((persona.profile, dialogue.greeting, *lines))
        names = (persona.name, *persona.name.split())
        meta = (*_META, own_name(persona.name))
        self._meta = [each for each in meta if each.applies_to(own)]
        self._assistant = [each for each in _ASSISTANT if each.applies_to(own)]
        self._own = plain(own).casefold()
        self.avoided: tuple[str, ...] = tuple(
            word
            for table in (ARTIFICIAL, CODE)
            if table.applies_to(own)
            for word in tempting_words(dialogue.message, table.offence, language)
        )
        """Words that the first draw does without, as the user's line tempts the model."""
        self.tempts = any(tempting_words(dialogue.message, each, language) for each in TEMPTATIONS)
        """Whether the user's line tempts a model, also where its words are the character's."""
        self._speakers = SpeakerLabels((persona.user_name, *names, *dialogue.labels))
        asks_again = _ASKS_AGAIN.search(dialogue.message)
        earlier = () if asks_again else dialogue.earlier[-_EARLIER_REPLIES:]
        self._replies = frozenset(map(words_of, earlier[-_NEAR_REPLIES:]))
        self._earlier = KnownRuns(earlier, _EARLIER_RUN[language], _EARLIER_SENTENCE[language])
        self._examples = KnownRuns(lines, _EXAMPLE_RUN[language])
        profile = without_quotations(persona.profile)
        runs = _PROFILE_RUN if _asks_about_hearer(dialogue.message) else _UNASKED_PROFILE_RUN
        self._profile = KnownRuns([profile], runs[language], _PROFILE_SENTENCE[language])
        self._instructions = KnownRuns(dialogue.instructions, _INSTRUCTION_RUN[language])
        self._labels = _labels_pattern(persona.profile)
        recent = (*dialogue.before[-_USER_LINES:], dialogue.message)
        may_introduce = not dialogue.earlier or asks_who(dialogue.message)
        self._introductions = None if may_introduce else Introductions(names)
        self._users = OwnWords(recent, language)
        self._language = _language_of(dialogue, lines, names)
        self._own_lines = dialogue.own_lines
        self._said = frozenset(map(words_of, dialogue.earlier))

    def judge_opening(self, text: str) -> Finding | None:
        """Return what is wrong with the opening of a reply."""
        if self._introductions is not None and self._introductions.is_at_start(text):
            return Finding("prompt_echo")
        return self.judge(text) or self._find_suspicion(text)

    def judge_later(self, sentence: str) -> Finding | None:
        """Return what is wrong with a whole sentence behind the opening."""
        return self.judge(sentence) or self._find_suspicion(sentence)

    def judge(self, text: str) -> Finding | None:
        """Return what is wrong with a whole sentence, or with several."""
        return (
            self._find_speaker(text)
            or find_phrase(text, self._meta)
            or find_phrase(text, self._assistant, self._own)
            or self._find_repeat(text)
            or self._find_runs(text)
            or self._find_echo(text)
            or self._find_language(text)
        )

    def line_of_script(self) -> str:
        """Return the best line of the script to answer with; "" where none is left.

        It is short, and was not said in this conversation yet.
        """
        fitting = (line.strip() for line in self._own_lines if width(line) <= _LONGEST_LINE)
        return next((line for line in fitting if words_of(line) not in self._said), "")

    def without_label(self, text: str) -> str:
        """Return the text behind the labels of other speakers that it opens with."""
        while end := self._speakers.end_of_label(text):
            text = text[end:]
        return text.lstrip()

    def _find_speaker(self, text: str) -> Finding | None:
        at = 0
        for sentence in sentences(text):
            if self._speakers.end_of_label(sentence):
                return Finding("speaker", at)
            at += len(sentence)
        return None

    def _find_suspicion(self, text: str) -> Finding | None:
        found = find_phrase(text, [SUSPICIONS], self._own)
        return None if found is None else replace(found, by_rule=False)

    def _find_repeat(self, text: str) -> Finding | None:
        words = words_of(text)
        again = len(words) >= _LEAST_REPEATED and words in self._replies
        return Finding("repeat") if again else None

    def _find_runs(self, text: str) -> Finding | None:
        words = words_of(text)
        if self._instructions.in_words(words) or self._profile.in_words(words):
            return Finding("prompt_echo")
        if self._labels is not None and self._labels.search(text):
            return Finding("prompt_echo")
        if self._earlier.in_words(words) or self._examples.in_words(words):
            return Finding("repeat")
        return self._find_sentences(text)

    def _find_sentences(self, text: str) -> Finding | None:
        at = 0
        for sentence in sentences(text):
            words = words_of(sentence)
            if self._profile.is_sentence(words):
                return Finding("prompt_echo", at)
            if self._earlier.is_sentence(words):
                return Finding("repeat", at)
            at += len(sentence)
        return None

    def _find_echo(self, text: str) -> Finding | None:
        at = self._users.find(text)
        return None if at is None else Finding("echo", at)

    def _find_language(self, text: str) -> Finding | None:
        wrong = self._language is not None and self._language.is_wrong(text)
        return Finding("language") if wrong else None


def _asks_about_hearer(message: str) -> bool:
    """Return whether a message may ask the character about itself."""
    return not message or bool(_HEARER.search(message) and not _SPEAKER.search(message))


def _labels_pattern(profile: str) -> re.Pattern[str] | None:
    """Return a pattern of the profile's labels (年龄：) at the beginning of a clause."""
    labels = "|".join(map(re.escape, profile_labels(profile)))
    return re.compile(rf"(?:^|[\s。；;，])(?:{labels})[：:]") if labels else None


def _language_of(
    dialogue: ScreenedDialogue, lines: list[str], names: tuple[str, ...]
) -> CharacterLanguage | None:
    """Return the language to hold the reply to; None where the dialogue has changed it."""
    persona = dialogue.persona
    # A message in the other language altogether excuses no answer in its words.
    quoted = dialogue.message if has_language(dialogue.message, persona.language) else ""
    spoken = CharacterLanguage(
        persona.language,
        script=(*lines, dialogue.greeting, *persona.profile.splitlines()),
        known=(*names, persona.user_name, *dialogue.labels, quoted),
    )
    if asks_for_a_language(dialogue.message):
        return None
    other = CharacterLanguage(persona.language, script=(), known=names)
    changed = other.is_other(dialogue.message) and any(map(other.is_other, dialogue.earlier))
    return None if changed else spoken
