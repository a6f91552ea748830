"""Find what was found for a prompt and is not in it, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from app.catalog.schemas import DropReason
from app.conversations.prompt_schemas import LeftOut, LeftOutCount, LeftOutReason, PartKind
from app.search.retriever import RankedReplies
from app.turns.card_texts import expand_lines
from app.turns.packing import block_id
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.prompt_sources import outline_of
from app.turns.shown_examples import ShownExample
from characters.prompting.exchanges import last_exchange_start
from characters.prompting.packing import Candidate

_LISTED = 12
"""Most items listed: those nearest to being in the prompt."""
_LINES = 6
_LINE_CHARACTERS = 240


def left_out_of(prepared: PreparedPrompt) -> tuple[list[LeftOut], list[LeftOutCount]]:
    """Return what a prompt could have contained: the first few items, and the number of all."""
    found = [
        *_history(prepared),
        *_profile(prepared),
        *_cut_lines(prepared.shown),
        *_lore(prepared),
        *_beside(prepared),
    ]
    counts = Counter[tuple[PartKind, LeftOutReason]]()
    for each in found:
        by_line = each.reason in {"last_exchange", "too_long", "summarized"}
        counts[each.kind, each.reason] += len(each.lines) + each.more if by_line else 1
    if prepared.packed is None:
        examples = list(_unpacked(prepared))
        counts.update((each.kind, each.reason) for each in examples)
    else:
        reasons = packed_reasons(prepared)
        examples = list(islice(_packed(prepared, prepared.packed.ranked, reasons), _LISTED))
        counts.update(("example", reason) for reason in reasons if reason is not None)
    totals = [
        LeftOutCount(kind=kind, reason=reason, number=number)
        for (kind, reason), number in counts.items()
    ]
    return [each for each in (*found, *examples) if each.lines][:_LISTED], totals


def packed_reasons(prepared: PreparedPrompt) -> list[DropReason | None]:
    """Return why each ranked reply is not in the prompt; None for one that is."""
    reasons: list[DropReason | None] = []
    for decision in prepared.decisions():
        if decision.reason == "shown":
            reasons.append(None)
        elif decision.reason == "rank" and prepared.most_examples is not None:
            reasons.append("model_limit")
        else:
            reasons.append(decision.reason)
    return reasons


def example_reasons(prepared: PreparedPrompt) -> list[DropReason | None]:
    """Return why each example found is not in the prompt, in the mode ``reference``.

    None for one that is. Examples of the previous prompt that keep their places are not among
    those found, but among as many as the model can bear.
    """
    shown = {example.id for example in prepared.shown}
    limited = prepared.most_examples is not None and len(shown) >= prepared.most_examples
    name = prepared.composition.context.dialogue.persona.name
    is_chat = not isinstance(prepared.prompt, str)
    reasons: list[DropReason | None] = []
    for example in prepared.composition.found.examples:
        if example.id in shown:
            reasons.append(None)
        elif is_chat and last_exchange_start(example.lines, name) is None:
            reasons.append("no_exchange")
        else:
            reasons.append("model_limit" if limited else "budget")
    return reasons


def _history(prepared: PreparedPrompt) -> Iterator[LeftOut]:
    """Count lines only: they are in the conversation, and too many to list."""
    outline = outline_of(prepared)
    if outline.summarized:
        yield LeftOut(kind="history", reason="summarized", more=outline.summarized)
    if too_long := outline.left_out - outline.summarized:
        yield LeftOut(kind="history", reason="too_long", more=too_long)


def _profile(prepared: PreparedPrompt) -> Iterator[LeftOut]:
    if rest := prepared.composition.profile_rest:
        lines, more = _first(rest.split("\n"))
        yield LeftOut(kind="profile", reason="opening", lines=lines, more=more)


def _cut_lines(shown: Iterable[ShownExample]) -> Iterator[LeftOut]:
    for example in shown:
        if example.cut:
            cut = example.found.lines[: example.cut]
            last = cut[-_LINES:]
            yield LeftOut(
                kind="example",
                reason="last_exchange",
                lines=[_clip(line) for line in last],
                more=len(cut) - len(last),
                scene=example.found.scene,
                start=example.found.start,
            )


def _lore(prepared: PreparedPrompt) -> Iterator[LeftOut]:
    composition = prepared.composition
    dropped = [each for each in composition.context.lore if each not in prepared.lore]
    for each in (*dropped, *composition.lore_left_out):
        lines, more = _first(each.text.split("\n"))
        yield LeftOut(kind="lore", reason="budget", lines=lines, more=more, name=each.name)


def _beside(prepared: PreparedPrompt) -> Iterator[LeftOut]:
    """Yield older exchanges, overheard passages and scene memories that did not fit."""
    composition = prepared.composition
    memories = [each for each in composition.context.memories if each not in prepared.memories]
    for each in (*memories, *composition.memories_left_out):
        yield LeftOut(
            kind="memory",
            reason="budget",
            lines=[_clip(line) for line in each.lines],
            name=each.conversation,
            score=round(each.score, 4),
        )
    heard = {each.number for each in prepared.overheard}
    lines = composition.material.lines
    for hit in lines.overheard if isinstance(lines, RankedReplies) else ():
        if hit.number not in heard:
            said, more = _first([f"{who}: {text}" for who, text in hit.passage.lines])
            yield LeftOut(
                kind="witnessed",
                reason="budget",
                lines=said,
                more=more,
                score=round(hit.score, 4),
                scene=hit.passage.scene,
                start=hit.passage.start,
            )
    remembered = {each.scene for each in prepared.scene_memories}
    for found in composition.material.scene_memories.hits:
        if found.memory.scene not in remembered:
            yield LeftOut(
                kind="scene_memory",
                reason="budget",
                lines=[_clip(found.memory.text)],
                name=found.memory.heading,
                score=round(found.score, 4),
                scene=found.memory.scene,
            )


def _unpacked(prepared: PreparedPrompt) -> Iterator[LeftOut]:
    found = prepared.composition.found
    for example, reason in zip(found.examples, example_reasons(prepared), strict=True):
        if reason is not None:
            lines, more = _first(example.lines)
            yield LeftOut(
                kind="example",
                reason=reason,
                lines=lines,
                more=more,
                score=round(example.score, 4),
                scene=example.scene,
                start=example.start,
            )


def _packed(
    prepared: PreparedPrompt, ranked: RankedReplies, reasons: Sequence[DropReason | None]
) -> Iterator[LeftOut]:
    for candidate, reason in zip(ranked.candidates, reasons, strict=True):
        if reason is not None:
            lines, more = _first(_candidate_lines(prepared, ranked, candidate))
            yield LeftOut(
                kind="example",
                reason=reason,
                lines=lines,
                more=more,
                score=round(candidate.score, 4),
                scene=candidate.exchange.scene,
                start=candidate.exchange.start,
            )


def _candidate_lines(
    prepared: PreparedPrompt, ranked: RankedReplies, candidate: Candidate
) -> list[str]:
    scene, start, stop = candidate.exchange
    lines = [ranked.lines[scene, at] for at in range(start, stop)]
    values = prepared.composition.macros
    return lines if values is None else expand_lines(lines, values, block_id(candidate.exchange))


def _first(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return the first lines, clipped, and how many more there are."""
    return [_clip(line) for line in lines[:_LINES]], max(0, len(lines) - _LINES)


def _clip(line: str) -> str:
    return line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "…"
