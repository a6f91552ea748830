"""Describe a dataset: what is in it, from where, under which licences, and what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from app.tools.datasets.rows import MEANINGS, SIDES, Kind, Layout
from app.tools.datasets.sources import NOT_GIVEN, ScriptSource
from app.tools.datasets.splitting import Split
from app.tools.datasets.tally import REASONS, Tally
from app.tools.markdown import table
from characters.scripts.scene_hashes import scene_hash

FORMAT = 1
"""Of the folder and its card."""
_SHOWN_SCENES = 40
"""Scenes listed in the text; the JSON lists all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Hold what a card says beside the counts."""

    kind: Kind
    layout: Layout
    model: str
    """The model whose limits and template the prompts are for."""
    model_licence: str
    context_length: int
    counted_by: str
    embedder: str
    selector: str
    seed: int
    validation: float
    sources: Sequence[str]
    filters: Mapping[str, object]
    instruction: str = ""
    scripts: Sequence[ScriptSource] = ()
    split: Split | None = None
    skipped: Sequence[str] = ()
    signal_models: Mapping[str, str] = field(default_factory=dict)
    """Licences of the models that wrote what people rated, chose or edited."""
    writer: str = ""
    """The model that wrote answers for this dataset; empty where none did."""
    writer_licence: str = ""
    people: int = 0
    """Rows that people's signals became."""
    seed_rows: int = 0


def card_of(facts: CardFacts, tally: Tally) -> dict[str, Any]:
    """Return the card as it is stored."""
    return {
        "format": FORMAT,
        "offbook": version("offbook"),
        "kind": facts.kind,
        "base": {
            "model": facts.model,
            "licence": facts.model_licence,
            "layout": facts.layout,
            "template": _template(facts.layout),
            "context_length": facts.context_length,
        },
        "counts": {
            **{side: tally.of_side(side) for side in SIDES},
            "seed": facts.seed_rows,
            "by_source": tally.by(0),
            "by_character": tally.by(1),
            "by_language": tally.by(2),
        },
        "sources": {each: MEANINGS[each] for each in MEANINGS if each in facts.sources},
        "tokens": {"counted_by": facts.counted_by, "longest": dict(tally.longest)},
        "retrieval": {
            "embedder": facts.embedder,
            "selector": facts.selector,
            "hidden": tally.hidden,
        },
        "filters": dict(facts.filters),
        "dropped": [
            {"source": source, "reason": reason, "meaning": REASONS[reason], "number": number}
            for (source, reason), number in sorted(tally.drops.items())
        ],
        "skipped": list(facts.skipped),
        "instruction": facts.instruction,
        "licences": [*_licences(facts)],
        "split": {
            "seed": facts.seed,
            "validation": facts.validation,
            "rule": facts.split.rule if facts.split else None,
            "held_out": [*_held_out(facts)],
            "trained": [*_trained(facts)],
        },
        "notes": [*_notes(facts, tally)],
    }


def _template(layout: Layout) -> str:
    if layout == "chat":
        return "the base model's own chat template"
    return "none: prompt and answer are one text"


def _licences(facts: CardFacts) -> Iterator[dict[str, str]]:
    known: dict[str, str] = {}
    for source in facts.scripts:
        known.setdefault(source.title, source.licence)
    for title, licence in known.items():
        yield {"of": title, "what": "script", "licence": licence}
    if facts.people:
        yield {
            "of": "people",
            "what": "what they wrote, chose and edited",
            "licence": "with their consent to be learnt from, which they can withdraw",
        }
    for model, licence in sorted(facts.signal_models.items()):
        yield {"of": model, "what": "replies that people saw", "licence": licence}
    if facts.writer:
        yield {"of": facts.writer, "what": "answers", "licence": facts.writer_licence}


def _held_out(facts: CardFacts) -> Iterator[dict[str, Any]]:
    """Yield the scenes that are held out, those of a script once for all its characters."""
    seen: set[tuple[str, int]] = set()
    for number, source in enumerate(facts.scripts):
        scenes = facts.split.scenes_of(number, "validation") if facts.split else ()
        for at in scenes:
            if (source.title, at) in seen:
                continue
            seen.add((source.title, at))
            scene = source.subject.scenes[at]
            yield {
                "script": source.title,
                "scene": at + 1,
                "row": scene.row,
                "heading": scene.heading or "",
                "hash": scene_hash(scene),
            }


def _trained(facts: CardFacts) -> Iterator[str]:
    """Yield hashes of the scenes that rows of the training may be from, each once."""
    seen: dict[str, None] = {}
    for number, source in enumerate(facts.scripts):
        for at in facts.split.scenes_of(number, "train") if facts.split else ():
            seen.setdefault(scene_hash(source.subject.scenes[at]))
    yield from seen


def _notes(facts: CardFacts, tally: Tally) -> Iterator[str]:
    """Yield sentences about what an operator should know before training."""
    unknown = sorted({each.title for each in facts.scripts if each.licence == NOT_GIVEN})
    if unknown:
        yield (
            f"The licence of {', '.join(unknown)} was not given (--licence). What is learnt from a "
            "script may be bound by it."
        )
    if facts.validation and not tally.of_side("validation"):
        yield (
            "Nothing is held out for validation: the scenes share too much, or too little is left "
            "of those held out. A training cannot be judged by this dataset."
        )
    if facts.split is not None and facts.split.rule == "scenes":
        yield (
            "Lines recur in so many scenes that only nearly equal scenes were kept together. Lines "
            "held out that are said word for word in the training were left out."
        )
    if facts.counted_by == "estimate":
        yield "Tokens are estimated, not counted: lengths are off by a quarter."
    if facts.people:
        yield (
            "It contains what people wrote. Make it anew before each training: who was erased or "
            "withdrew their consent is then no longer in it. Delete it when it is not needed."
        )


def card_text(card: Mapping[str, Any]) -> str:
    """Return a card as Markdown."""
    counts, base, split = card["counts"], card["base"], card["split"]
    parts = [
        f"# Dataset for {card['kind'].upper()}: {counts['train']} rows, "
        f"{counts['validation']} for validation",
        f"Offbook {card['offbook']}, format {card['format']}. Prompts as turns compose them for "
        f"{base['model']} ({base['licence']}), layout {base['layout']}, template: "
        f"{base['template']}. Seed {split['seed']}.",
        *(f"**Note.** {note}" for note in card["notes"]),
    ]
    for title, key in (("Source", "by_source"), ("Character", "by_character")):
        parts.append(_counts(title, counts[key]))
    parts.append(_counts("Language", counts["by_language"]))
    if card["dropped"]:
        parts += ["## Left out", _dropped(card["dropped"])]
    if card["skipped"]:
        parts += ["## Characters passed over", "\n".join(f"- {each}" for each in card["skipped"])]
    parts += ["## Licences", _licence_table(card["licences"]), "## Filters", _filters(card)]
    parts += ["## Held out", _held_out_text(split)]
    return "\n\n".join(parts)


def _counts(title: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    rows = [[title, "train", "validation"]]
    rows += [[name, str(of["train"]), str(of["validation"])] for name, of in counts.items()]
    return _table(rows)


def _dropped(dropped: Sequence[Mapping[str, Any]]) -> str:
    rows = [["source", "number", "why"]]
    rows += [[each["source"], str(each["number"]), each["meaning"]] for each in dropped]
    return _table(rows)


def _licence_table(licences: Sequence[Mapping[str, str]]) -> str:
    rows = [["of", "what", "licence"]]
    rows += [[each["of"], each["what"], each["licence"]] for each in licences]
    return _table(rows)


def _filters(card: Mapping[str, Any]) -> str:
    rows = [["filter", "value"], *([name, str(value)] for name, value in card["filters"].items())]
    hidden = card["retrieval"]["hidden"]
    return f"{_table(rows)}\n\nRetrieved exchanges hidden because they show the answer: {hidden}."


def _held_out_text(split: Mapping[str, Any]) -> str:
    scenes = split["held_out"]
    if not scenes:
        return "No scene."
    rows = [["script", "scene", "row", "heading"]]
    rows += [
        [each["script"], str(each["scene"]), str(each["row"]), each["heading"]]
        for each in scenes[:_SHOWN_SCENES]
    ]
    more = len(scenes) - _SHOWN_SCENES
    return _table(rows) + (f"\n\nAnd {more} more; card.json lists all." if more > 0 else "")


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that may hold anything: titles and headings are people's."""
    return table([[" ".join(cell.split()).replace("|", "/") for cell in row] for row in rows])
