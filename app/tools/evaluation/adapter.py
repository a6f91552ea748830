"""Measure what an adapter changes on held-out rows of a dataset: ``offbook eval adapter``.

The engine of the settings serves it, so the same rows can be scored by llama.cpp and by vLLM.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.engines.adapters import ServedAdapter
from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.port import ChatEngine, ChatMessage, ContextTooLongError, EngineError, EnginePrompt
from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.counting import start_engine
from characters.json_values import JsonTextError, parse_json
from retrieval.evaluation.intervals import Interval
from retrieval.evaluation.likelihood import Level, Likelihood, difference, level

_ROWS = "validation.jsonl"
_MOST_BYTES = 500_000_000
_EVERY = 10
"""Rows between two lines of progress."""


@dataclass(frozen=True, slots=True)
class HeldOutRow:
    """Hold a prompt and what followed it."""

    scene: str
    prompt: EnginePrompt
    answer: str


@dataclass(frozen=True, slots=True)
class Scored:
    """Hold the likelihood of the same answers without the adapter and with it."""

    model: str
    without: Sequence[Likelihood]
    with_adapter: Sequence[Likelihood]
    too_long: int
    """Rows that the engine's context has no room for."""


def eval_adapter_command(
    folder: Annotated[Path, typer.Argument(help="An adapter's folder.", file_okay=False)],
    dataset: Annotated[Path, typer.Argument(help="A dataset's folder.", file_okay=False)],
    rows: Annotated[int, typer.Option(min=1, help="Most rows, evenly spaced.")] = 200,
    out: Annotated[Path, typer.Option(help="A folder.", file_okay=False)] = Path("build/eval"),
) -> None:
    """Measure how likely held-out answers are with the model alone, and with an adapter.

    The engine of the settings scores them. The answers are those of the rows of a dataset that
    nothing was trained on.
    """
    settings = Settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        adapter, held_out = read_adapter(folder), spread(list(read_rows(dataset)), rows)
        scored = asyncio.run(_score(settings, adapter, held_out))
        text = _written(adapter, scored, out)
    except (EvaluationError, UnknownModelError, EngineSettingsError, OSError) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    except EngineError as error:
        _say(f"The engine cannot score it: {error}")
        raise typer.Exit(1) from error
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def read_adapter(folder: Path) -> ServedAdapter:
    """Return the adapter in a folder; its name is that of the folder."""
    card = _object(folder / "card.json", (folder / "card.json").read_bytes())
    return ServedAdapter(folder.resolve().name, folder.resolve(), str(card.get("base", "")))


def read_rows(dataset: Path) -> Iterator[HeldOutRow]:
    """Yield the held-out rows of a dataset, of answers or of pairs, of which the chosen one counts.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` for a row of another form.
    """
    path = dataset / _ROWS
    if path.stat().st_size > _MOST_BYTES:
        raise EvaluationError(f"{path} has more than {_MOST_BYTES:,} bytes.")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            row = _object(f"{path}, line {number},", line)
            answer = row.get("completion", row.get("chosen"))
            prompt, text = _prompt(row.get("prompt")), _text(answer)
            if prompt is None or text is None:
                raise EvaluationError(f"{path}, line {number} is no row of a dataset.")
            yield HeldOutRow(str(row.get("scene", number)), prompt, text)


def spread(rows: Sequence[HeldOutRow], most: int) -> Sequence[HeldOutRow]:
    """Return at most so many rows, evenly spaced."""
    if not rows:
        raise EvaluationError("The dataset holds no row out.")
    return [rows[at * len(rows) // most] for at in range(most)] if len(rows) > most else rows


async def score_rows(engine: ChatEngine, adapter: str, rows: Sequence[HeldOutRow]) -> Scored:
    """Return both likelihoods of each answer; one side after the other."""
    sides: list[dict[int, Likelihood]] = [{}, {}]
    too_long: set[int] = set()
    for side, name in zip(sides, (None, adapter), strict=True):
        for at, row in enumerate(rows):
            if at % _EVERY == 0:
                _say(f"{name or 'the model alone'}: {at} of {len(rows)}")
            try:
                scores = await engine.score(
                    row.prompt, row.answer, affinity=row.scene, adapter=name
                )
            except ContextTooLongError:
                too_long.add(at)
                continue
            size = len(row.answer.encode())
            side[at] = Likelihood(row.scene, sum(scores), len(scores), size)
    kept = [at for at in range(len(rows)) if at not in too_long]
    if not kept:
        raise EvaluationError("No row fits the engine's context.")
    model = (await engine.limits()).model
    without, with_adapter = ([side[at] for at in kept] for side in sides)
    return Scored(model, without, with_adapter, len(too_long))


async def _score(settings: Settings, adapter: ServedAdapter, rows: Sequence[HeldOutRow]) -> Scored:
    engine = await start_engine(settings, [adapter])
    try:
        return await score_rows(engine, adapter.name, rows)
    finally:
        await engine.aclose()


def _written(adapter: ServedAdapter, scored: Scored, out: Path) -> str:
    """Write the figures, and return them as text."""
    levels = level(scored.without), level(scored.with_adapter)
    gain = difference(scored.with_adapter, scored.without)
    figures = {
        "adapter": adapter.name,
        "base": adapter.base,
        "model": scored.model,
        "rows": gain.replies,
        "scenes": len({each.scene for each in scored.without}),
        "too_long": scored.too_long,
        "without": asdict(levels[0]),
        "with": asdict(levels[1]),
        "difference": asdict(gain),
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"adapter-{adapter.name}.json"
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return "\n".join(
        (
            f"{adapter.name} on {scored.model}, {gain.replies} held-out answers of "
            f"{figures['scenes']} scenes, {scored.too_long} too long",
            *(_line(name, each) for name, each in zip(("without", "with"), levels, strict=True)),
            f"difference {_shown(gain.nats_a_token)} nats a token, "
            f"{_shown(gain.bits_a_reply)} bits an answer",
            f"Written to {path}",
        )
    )


def _line(name: str, each: Level) -> str:
    return f"{name:10} {_shown(each.nats_a_token)} nats a token"


def _shown(value: Interval) -> str:
    return f"{value.value:+.3f} [{value.low:+.3f}, {value.high:+.3f}]"


def _prompt(value: Any) -> EnginePrompt | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        return None
    messages = [_message(each) for each in value]
    return None if None in messages else [each for each in messages if each is not None]


def _message(value: Any) -> ChatMessage | None:
    if not isinstance(value, dict) or value.get("role") not in ("system", "user", "assistant"):
        return None
    content = value.get("content")
    return ChatMessage(value["role"], content) if isinstance(content, str) else None


def _text(value: Any) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        message = _message(value[0])
        return message.content if message else None
    return value if isinstance(value, str) else None


def _object(where: object, content: bytes) -> dict[str, Any]:
    try:
        value = parse_json(content)
    except JsonTextError as error:
        raise EvaluationError(f"{where} is {error}.") from error
    if not isinstance(value, dict):
        raise EvaluationError(f"{where} is no JSON object.")
    return dict(value)


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)
