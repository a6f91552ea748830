"""Read English stage directions about a character, as in ``Ambrose stands by the door.``."""

import re
from collections.abc import Sequence

_OTHER = r"(?:the |an? )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,2}"
_AND = r"(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)"
_PLACE = r"(?:In|At|By|On|Behind|Near|Beside|Under|From|Among)\s[^,]{1,60}"
_LEAD = r"(?:(?:Then|Meanwhile|Now|Suddenly|Here|There|Silently|Quietly|Slowly),?\s+)?"
_ADVERB = (
    r"(?:\s+(?:still|also|now|then|already|all|both|alone|there|just|again|silently|quietly|slowly"
    r"|motionless|calmly|patiently))"
)
_IN = r"(?:\s+(?:back|slowly|quietly|silently))?\s+(?:in|inside|into|on|onstage|over|through)\b"
_COMES = (
    r"(?:enters?|entered|arrives?|arrived|returns?|returned|remains?|remained|stays?|stayed"
    r"|appears?(?=\s+(?:in|at|on|from)\b)"
    rf"|(?:comes?|came|walks?|walked|runs?|ran|rush(?:es)?|steps?|stepped|slips?|slipped){_IN}"
    rf"|(?:hurr(?:y|ies)|strolls?|wanders?|bursts?|creeps?|crept){_IN})"
)
_IS_THERE = (
    r"(?:sits?|sat|sitting|seated|stands?(?!\s+(?:for|trial|accused)\b)|stood|standing|listens?|listened|listening"
    r"|watch(?:es|ed|ing)?|waits?|waited|waiting|nods?|nodded|leans?|leaned|leaning|kneels?|knelt"
    r"|kneeling|looks?\s+(?:on|up|at|around)|smiles?|smiled|laughs?|laughed|sighs?|shrugs?"
    r"|is\s+(?:also\s+|still\s+|already\s+)?(?:here|there|present|seated|sitting|standing"
    r"|listening|watching|waiting|leaning|kneeling|among)"
    r"|are\s+(?:also\s+|still\s+|already\s+|both\s+|all\s+)?(?:here|there|present|seated|sitting"
    r"|standing|listening|watching|waiting|leaning|kneeling|among))"
)
_DOUBTFUL = re.compile(
    r"\b(?:not|no|never|without|nobody|absent|missing|as (?:if|though)|like|imagin\w*|dream\w*"
    r"|remember\w*|recall\w*|thinks?|thought|photo\w*|pictures?|portrait|painting|statue|ghost"
    r"|grave|radio|television|tv|screen|voices?|heard|flashback|would|will|might|may|could"
    r"|should|wants?|wish\w*|hopes?|about to|before|unless|until|if|yesterday|tomorrow|once"
    r"|empty|instead|used to|had)\b|n['’]t\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:outside|off[- ]?stage|off[- ]?screen|os|vo|elsewhere|next door"
    r"|(?:an)?other (?:room|house|town|city|place|country)|upstairs|downstairs"
    r"|far (?:off|away)|(?:tele)?phone|on the line|headset|intercom)\b",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(?:exits?|exiting|exeunt|exited|leav(?:es?|ing)|left (?:the|them|him|her|alone|with)"
    r"|has left|departs?|departed|withdraws?|withdrew|retires?|retired|disappear\w*|vanish\w*"
    r"|gone|(?:falls?|fell|fast|is) asleep|sleep(?:s|ing)?|slept|faint(?:s|ed|ing)?|dies|died"
    r"|dead|unconscious|collapses?|collapsed"
    r"|(?:go(?:es|ing)?|went|walk\w*|r[ua]n\w*|storm\w*|march\w*|strid\w*|strode|slip\w*|creep\w*"
    r"|crept|rush\w*|hurr\w+|step\w*|stagger\w*|stumbl\w*|wander\w*|back\w*|driv\w*|drove|rid\w+"
    r"|crawl\w*|limp\w*|shuffl\w*|head\w*|mov\w+|carr\w+|drag\w*|led|leads?|tak\w+|sent|sends?"
    r"|follow\w*)\b[^,;]{0,30}?"
    r"\b(?:out|off|away|home|upstairs|downstairs|outside|offstage|indoors|bed))\b",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"\b(?:later|flash ?(?:back|forward)|cut to|dissolve|fade|curtain|black ?out|montage"
    r"|meanwhile|elsewhere|intercut|lights? (?:down|out|fades?)|(?:the )?(?:next|following)"
    r" (?:day|morning|evening|night|week|year))\b",
    re.IGNORECASE,
)
_INDEFINITE = re.compile(
    r"\b(?:he|she|they|him|her|them|all|everyone|everybody|both|exeunt|others|rest|family"
    r"|couple|crowd|company|group|men|women|(?:the )?(?:two|three|four))\b",
    re.IGNORECASE,
)
_ENTER = re.compile(r"(?:re-?)?enter\b:?\s+(?P<who>.*)", re.IGNORECASE | re.DOTALL)
_PARTED = re.compile(r"\s*(?:,|;|&|\band\b|\bwith\b|\bfollowed by\b|\battended by\b)\s*")


class EnglishDirections:
    """Read single sentences about one character."""

    def __init__(self, names: Sequence[str]) -> None:
        """Compile the patterns for ``names``: every name, abbreviations without their dots."""
        spelled = {form for name in names for form in (name, name.upper(), name.title()) if form}
        any_of = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
        name = rf"(?:{any_of})(?![\w’'-])"
        listed = rf"(?:{_OTHER}{_AND})*{name}(?:{_AND}{_OTHER})*"
        does = rf"(?:\s*\([^()]*\))?,?{_ADVERB}{{0,2}}\s+(?:{_COMES}|{_IS_THERE})\b"
        self._named = re.compile(rf"(?<!\w){name}")
        self._subject = re.compile(rf"(?:{_PLACE},\s*|{_LEAD}|.*?\s+while\s+){listed}{does}")
        self._behind = re.compile(
            rf"{_PLACE}\s(?:sits?|stands?|waits?)\s(?:{_OTHER}{_AND})*{name}(?=\s*(?:[,.;!]|and\b|$))"
        )
        self._entering = re.compile(rf"{name}(?:\s+[a-z(].*)?[.!]?", re.DOTALL)
        self._addressed = re.compile(
            rf"(?:(?:\w+ly,?\s+)?(?:turns?|turning|speaks?|speaking|says?|nods?|nodding|smiles?"
            rf"|smiling|points?|pointing|waves?|waving)\s+)?(?:to|at)\s+{name}[.!]?"
        )

    def names(self, sentence: str) -> bool:
        """Return whether the sentence names the character."""
        return bool(self._named.search(sentence))

    def breaks(self, sentence: str) -> bool:
        """Return whether time or place change."""
        return bool(_BREAK.search(sentence))

    def leaves(self, sentence: str) -> bool:
        """Return whether a person leaves, or stops hearing."""
        return bool(_LEAVES.search(sentence))

    def is_elsewhere(self, sentence: str) -> bool:
        """Return whether the sentence is about another place."""
        return bool(_ELSEWHERE.search(sentence))

    def may_mean_character(self, sentence: str) -> bool:
        """Return whether a pronoun or a group may mean the character."""
        return bool(_INDEFINITE.search(sentence))

    def comes(self, sentence: str) -> bool:
        """Return whether the sentence surely says that the character comes or is present."""
        if _DOUBTFUL.search(sentence) or _ELSEWHERE.search(sentence):
            return False
        if enters := _ENTER.match(sentence):
            return any(self._entering.fullmatch(part) for part in _PARTED.split(enters["who"]))
        return bool(self._subject.match(sentence) or self._behind.match(sentence))

    def is_addressed(self, remark: str) -> bool:
        """Return whether a remark beside a line says that it is spoken to the character."""
        return bool(self._addressed.fullmatch(remark))
