"""Choose the entries of a lorebook that enter the prompt of a turn.

The rules are Character Card V3's; where they leave a choice, SillyTavern's. An entry whose keys
occur among the newest messages is active; its text may activate others, if the book says so;
entries over the token budget are dropped, the least important first.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from characters.lorebooks.keys import SearchedText
from characters.lorebooks.model import Entry, Lorebook, SecondaryLogic
from characters.macros import MacroValues, expand

DEFAULT_SCAN_DEPTH = 4
"""Newest messages searched where neither the book nor the entry gives a number."""
SEARCHED_CHARACTERS = 50_000
"""Characters searched, counted from the end of the texts."""
SEARCH_ALLOWANCE = 200_000_000
"""Characters searched in one activation, summed over keys: well under a second. Beyond it no
key matches; a real book needs a thousandth."""
CACHED_TEXTS = 64
RECURSION_PASSES = 5
"""Longest chain of texts that activate each other; longer ones are mistakes or attacks."""
EARLIER_TURNS = 100
"""Messages searched back for an earlier match of an entry that stays, or acts once."""


@dataclass(frozen=True, slots=True)
class LoreDialogue:
    """Hold the texts that keys are searched in."""

    messages: Sequence[str]
    """Oldest first, the newest included."""
    greeting: int = 0
    """The greeting that the chat began with: 0 the first, 1 the first alternative."""
    seed: str = ""
    """Seed of chance, so that the same dialogue activates the same entries."""
    char: str = ""
    """The character's name, for ``{{char}}`` in keys and for entries of some characters only."""
    user: str = ""
    names: Sequence[str] = ()
    """Further names of the character."""
    tags: Sequence[str] = ()
    """The character's tags."""


@dataclass(frozen=True, slots=True)
class ActiveEntry:
    """Hold an active entry and the reason for it."""

    entry: Entry
    index: int
    """Its position in the book."""
    reason: Literal["constant", "forced", "key", "recursion", "earlier"]
    key: str = ""
    """The key that matched."""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Activation:
    """Hold the active entries in prompt order, and those dropped for the budget."""

    entries: tuple[ActiveEntry, ...] = ()
    dropped: tuple[ActiveEntry, ...] = ()


def activate(
    book: Lorebook, dialogue: LoreDialogue, count_tokens: Callable[[str], int], budget: int
) -> Activation:
    """Return the entries for the next reply, within ``budget`` tokens and the book's own budget.

    Bounded in time and memory, for any pattern. Never raises for a book that was read.
    """
    found = list(_Scan(book, dialogue).run(count_tokens))
    limit = min(budget, book.token_budget or budget)
    kept: list[ActiveEntry] = []
    for active in sorted(found, key=_importance, reverse=True):
        if active.tokens <= limit:
            kept.append(active)
            limit -= active.tokens
    indexes = {active.index for active in kept}
    return Activation(
        tuple(sorted(kept, key=lambda active: (active.entry.order, active.index))),
        tuple(active for active in found if active.index not in indexes),
    )


def _importance(active: ActiveEntry) -> tuple[bool, float]:
    entry = active.entry
    return (not entry.dropped_first, entry.order if entry.priority is None else entry.priority)


@dataclass(slots=True)
class _Scan:
    """Search a book once, collecting the active entries."""

    book: Lorebook
    dialogue: LoreDialogue
    texts: dict[tuple[int, int], SearchedText] = field(default_factory=dict)
    found: dict[int, ActiveEntry] = field(default_factory=dict)
    allowance: int = SEARCH_ALLOWANCE
    taken: set[str] = field(default_factory=set)
    """Groups with an active entry."""
    expanded: dict[str, str] = field(default_factory=dict)
    """Keys with macros, by how they are written."""

    def run(self, count_tokens: Callable[[str], int]) -> Iterator[ActiveEntry]:
        """Yield the active entries with their token counts, in the order found."""
        candidates = {
            index: entry
            for index, entry in enumerate(self.book.entries)
            if entry.enabled and entry.content.strip() and self._may(index, entry)
        }
        self._activate(candidates, "")
        for _ in range(RECURSION_PASSES if self.book.recursive_scanning else 0):
            before = len(self.found)
            self._activate(candidates, self._found_texts())
            if len(self.found) == before:
                break
        for active in self.found.values():
            tokens = count_tokens(active.entry.content)
            yield ActiveEntry(active.entry, active.index, active.reason, active.key, tokens)

    def _may(self, index: int, entry: Entry) -> bool:
        """Return whether an entry may be active at this message, whatever its keys."""
        if entry.forced is not None:
            return entry.forced
        count, timing = len(self.dialogue.messages), entry.timing
        if count < timing.from_message or count % timing.only_every:
            return False
        if timing.greeting not in (None, self.dialogue.greeting):
            return False
        names = (self.dialogue.char, *self.dialogue.names)
        if not entry.characters.admits(names, self.dialogue.tags):
            return False
        chance = random.Random(f"{self.dialogue.seed}:{count}:{index}")  # noqa: S311  # a game's
        return entry.probability >= 1 or chance.random() < entry.probability

    def _activate(self, candidates: dict[int, Entry], more: str) -> None:
        """Search the messages and ``more``, the texts that other entries added."""
        self.texts.clear()
        new: dict[int, ActiveEntry] = {}
        for index, entry in candidates.items():
            if index in self.found or not (entry.recursive if more else not entry.delayed):
                continue
            if self.taken.isdisjoint(entry.group.names):
                active = self._active(index, entry, more)
                if active is not None:
                    new[index] = active
        self.found.update(self._choose_of_groups(new))

    def _choose_of_groups(self, new: dict[int, ActiveEntry]) -> dict[int, ActiveEntry]:
        """Return ``new`` with one entry of each group: the first in order, else by chance."""
        groups = dict.fromkeys(name for each in new.values() for name in each.entry.group.names)
        for name in groups:
            rivals = {at: each for at, each in new.items() if name in each.entry.group.names}
            if rivals:
                chosen = self._choose(name, rivals)
                new = {at: each for at, each in new.items() if at == chosen or at not in rivals}
                self.taken.add(name)
        return new

    def _choose(self, group: str, rivals: dict[int, ActiveEntry]) -> int:
        prior = [at for at, each in rivals.items() if each.entry.group.prior]
        if prior:
            return max(prior, key=lambda at: rivals[at].entry.order)
        weights = [max(0.0, min(each.entry.group.weight, 1e9)) for each in rivals.values()]
        seed = f"{self.dialogue.seed}:{len(self.dialogue.messages)}:{group}"
        chance = random.Random(seed)  # noqa: S311  # a game's
        return chance.choices(list(rivals), weights if sum(weights) else None)[0]

    def _active(self, index: int, entry: Entry, more: str) -> ActiveEntry | None:
        if entry.forced:
            return ActiveEntry(entry, index, "forced")
        text = self._window(entry, len(self.dialogue.messages), more)
        key = self._match(entry, text)
        earlier = (entry.timing.sticky or entry.timing.once) and self._matched_earlier(entry)
        if entry.timing.once and earlier:
            return None
        if entry.constant and not self._has_any(entry, entry.excluded_keys, text):
            return ActiveEntry(entry, index, "constant")
        if key is not None:
            return ActiveEntry(entry, index, "recursion" if more else "key", key)
        return ActiveEntry(entry, index, "earlier") if earlier else None

    def _matched_earlier(self, entry: Entry) -> bool:
        count = len(self.dialogue.messages)
        ends = range(max(1, count - EARLIER_TURNS), count)
        return any(self._match(entry, self._window(entry, end)) is not None for end in ends)

    def _window(self, entry: Entry, end: int, more: str = "") -> SearchedText:
        """Return the messages searched for ``entry`` when the dialogue had ``end`` of them."""
        depth = entry.scan_depth if entry.scan_depth is not None else self.book.scan_depth
        depth = DEFAULT_SCAN_DEPTH if depth is None else depth
        if (depth, end) not in self.texts:
            if len(self.texts) >= CACHED_TEXTS:
                self.texts.clear()
            joined = "\n".join([*self.dialogue.messages[max(0, end - depth) : end], more])
            self.texts[depth, end] = SearchedText(joined[-SEARCHED_CHARACTERS:])
        return self.texts[depth, end]

    def _found_texts(self) -> str:
        entries = (active.entry for active in self.found.values())
        return "\n".join(entry.content for entry in entries if entry.starts_recursion)

    def _match(self, entry: Entry, text: SearchedText) -> str | None:
        """Return the key of ``entry`` in ``text``, None if another condition of it fails there."""
        key = next((key for key in entry.keys if self._has(entry, key, text)), None)
        if key is None or self._has_any(entry, entry.excluded_keys, text):
            return None
        return key if self._secondary_holds(entry, text) else None

    def _secondary_holds(self, entry: Entry, text: SearchedText) -> bool:
        if not entry.secondary_keys:
            return True
        if entry.secondary_logic is SecondaryLogic.ANY:
            return self._has_any(entry, entry.secondary_keys, text)
        if entry.secondary_logic is SecondaryLogic.NONE:
            return not self._has_any(entry, entry.secondary_keys, text)
        every = all(self._has(entry, key, text) for key in entry.secondary_keys)
        return every is (entry.secondary_logic is SecondaryLogic.ALL)

    def _has_any(self, entry: Entry, keys: Sequence[str], text: SearchedText) -> bool:
        return any(self._has(entry, key, text) for key in keys)

    def _has(self, entry: Entry, key: str, text: SearchedText) -> bool:
        self.allowance -= len(text.text)
        return self.allowance >= 0 and text.has(
            self._expand(key),
            patterns=entry.patterns,
            case=entry.case_sensitive,
            words=entry.whole_words,
        )

    def _expand(self, key: str) -> str:
        """Return a key with the names in it; a name without a value leaves the macro as typed."""
        if "{{" not in key and "<" not in key:
            return key
        if key not in self.expanded:
            values = MacroValues(self.dialogue.char or "{{char}}", self.dialogue.user or "{{user}}")
            self.expanded[key] = expand(key, values, random.Random(0))  # noqa: S311  # no chance in it
        return self.expanded[key]
