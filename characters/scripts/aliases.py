"""Rename speakers that a script calls by several names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from characters.errors import ScriptError
from characters.scripts.model import Line, ParseItem, Profile, Scene
from characters.scripts.names import SPEAKER_CHARACTERS

MOST_ALIASES = 2_000


def resolve_aliases(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return for each alias the name at the end of its chain: with A for B and B for C, C for both.

    Raises ``ScriptError`` ``invalid_aliases``: more than 2,000, a name that is empty or too long,
    or names that stand for each other.
    """
    if len(aliases) > MOST_ALIASES:
        raise _invalid(f"There are {len(aliases):,}, and at most {MOST_ALIASES:,} can be merged.")
    return {alias: _end_of(alias, aliases) for alias in aliases}


def _end_of(alias: str, aliases: Mapping[str, str]) -> str:
    passed = {alias}
    name = aliases[alias]
    while name in aliases:
        if name in passed:
            raise _invalid(f"“{alias[:SPEAKER_CHARACTERS]}” stands for itself.")
        passed.add(name)
        name = aliases[name]
    name = name.strip()
    if not 0 < len(name) <= SPEAKER_CHARACTERS or not name.isprintable():
        raise _invalid(f"A name is a row of 1 to {SPEAKER_CHARACTERS} characters: {name[:80]!r}.")
    return name


def rename_speakers(items: Iterable[ParseItem], names: Mapping[str, str]) -> Iterator[ParseItem]:
    """Yield ``items``, each line under the name that ``names`` has for its speaker."""
    for item in items:
        if isinstance(item, Scene) and any(line.speaker in names for line in item.lines):
            yield replace(item, lines=[_rename(line, names) for line in item.lines])
        elif isinstance(item, Profile) and item.name in names:
            yield replace(item, name=names[item.name])
        else:
            yield item


def _rename(line: Line, names: Mapping[str, str]) -> Line:
    name = names.get(line.speaker)
    return line if name is None else line._replace(speaker=name)


def _invalid(problem: str) -> ScriptError:
    return ScriptError(
        "invalid_aliases", f"These aliases cannot be used: {problem} Give them as alias: name."
    )
