"""Find the names that Ren'Py's characters have, by the variables that the script calls them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from characters.scripts.games.renpy_statements import join_statements
from characters.scripts.games.renpy_strings import UNCLOSED, find_string, shown_text

_DEFINED = re.compile(
    r"(?:init\s+(?:[-\d]+\s+)?)?(?:(?:define|default|\$)\s+)?(?:[-\d]+\s+)?(?P<who>[\w.]+)\s*=\s*(?P<value>.*)",
    re.DOTALL,
)
_MAY_DEFINE = re.compile(
    r"\s*(?:(?:init\b.{0,20})?(?:define|default|\$)\s|\w+\s*=\s*\w*Character\()"
)
_CHARACTER = re.compile(r"(?:\w+\.)*(?P<kind>\w*Character)\s*\((?P<rest>.*)", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(?:name\s*=\s*)?(?:_+\s*\(\s*)?(?P<value>None\b|[urbf]*[\"'])")
_NAMED = re.compile(r"\bname\s*=\s*(?:_+\s*\(\s*)?(?=[urbf]*[\"'])")
_KIND = re.compile(r"\bkind\s*=\s*([\w.]+)|^\s*([\w.]+)\s*[,)]")
_INTERPOLATED = re.compile(r"\[(\w+)(?:![a-z]+)?\]")
_NAMESPACE = "character."
_NAMES = 10_000


@dataclass(slots=True)
class CharacterNames:
    """Hold the names that definitions give."""

    names: dict[str, str] = field(default_factory=dict)
    """By variable; "" for a narrator."""
    texts: dict[str, str] = field(default_factory=dict)
    """Values of plain variables, which names may contain."""

    def add_all(self, rows: Iterable[str]) -> None:
        """Take the definitions in ``rows``; of several of one variable, the first."""
        found = CharacterNames()
        for statement in join_statements(rows, only=_MAY_DEFINE):
            found.define(statement.text, keep=True)
        self.names = {**found.names, **self.names}
        self.texts = {**found.texts, **self.texts}

    def define(self, text: str, *, keep: bool = False) -> None:
        """Take the definition in a statement, if it is one; ``keep`` keeps an earlier one."""
        defined = _DEFINED.match(text)
        if defined is None or len(self.names) + len(self.texts) > _NAMES:
            return
        who, value = defined["who"].removeprefix(_NAMESPACE), defined["value"]
        if keep and (who in self.names or who in self.texts):
            return
        if character := _CHARACTER.match(value):
            name = self._character_name(character["kind"], character["rest"])
            self.names[who] = who if name is None else name
        elif (string := find_string(value, 0)) is not None and string.end != UNCLOSED:
            self.texts[who] = shown_text(string)

    def knows(self, who: str) -> bool:
        """Return whether a variable is defined."""
        return who in self.names

    def name_of(self, who: str) -> str:
        """Return the name of a character; an unknown one is called as its variable."""
        return self.resolve(self.names.get(who, who))

    def resolve(self, name: str) -> str:
        """Return a name with the values of the variables in it, as far as they are known."""
        if (whole := _INTERPOLATED.fullmatch(name)) is not None:
            return self.texts.get(whole[1], whole[1])
        return _INTERPOLATED.sub(lambda match: self.texts.get(match[1], match[0]), name)

    def by_variable(self) -> Mapping[str, str]:
        """Return the name for each variable that a script may call a speaker by."""
        return {**self.texts, **{who: self.name_of(who) for who in self.names}}

    def _character_name(self, kind: str, rest: str) -> str | None:
        """Return the name in a character's arguments; None where it has none of its own."""
        named = _NAMED.search(rest)
        argument = _ARGUMENT.match(rest, named.start() if named else 0)
        if argument is None:
            like = _KIND.search(rest)
            return self.names.get(like[1] or like[2]) if like else None
        if argument["value"] == "None":
            return ""
        string = find_string(rest, argument.start("value"))
        if string is None or string.end == UNCLOSED:
            return None
        name = shown_text(string)
        return f"[{name}]" if kind.startswith("Dynamic") else name
