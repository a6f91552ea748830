"""Train an adapter: from a dataset's folder to an adapter's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.settings import Settings
from app.tools.training.adapters.adapter_gguf import (
    CONFIG,
    GGUF,
    WEIGHTS,
    BaseShape,
    write_adapter_gguf,
)
from app.tools.training.adapters.base import Base, find_base
from app.tools.training.adapters.card import CardFacts, card_of, card_text, check_name
from app.tools.training.adapters.dataset_folder import Example, TrainingData, read_dataset
from app.tools.training.adapters.encoding import Encoded, PromptEncoder
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.extras import load, require
from app.tools.training.adapters.held_out import HeldOut, Scored
from app.tools.training.adapters.loading import (
    Device,
    find_device,
    load_config,
    load_encoder,
    load_model,
)
from app.tools.training.adapters.memory import (
    check_memory,
    estimate_bytes,
    free_bytes,
    read_shape,
)
from app.tools.training.adapters.plan import TrainingPlan
from app.tools.training.adapters.progress import Reporter, Say, callback
from app.tools.training.adapters.run_folder import RunFolder
from app.tools.training.adapters.trainers import make_trainer

_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Hold a training that was checked, before the base model's weights are loaded."""

    plan: TrainingPlan
    base: Base
    base_sha256: str | None
    data: TrainingData
    config: Any
    shape: BaseShape
    device: Device
    tokenizer: Any
    rows: Sequence[Encoded]
    held_out: HeldOut
    left_out: dict[str, int]
    needed: int


def train(plan: TrainingPlan, settings: Settings, say: Say) -> str:
    """Train and write an adapter's folder; return its card as text.

    Raises :class:`TrainingError` where it cannot be done, or runs out of memory.
    """
    require()
    check_name(plan.name)
    folder = RunFolder(plan.out)
    if not plan.resume:
        folder.check_new()
    prepared = prepare(plan, settings, say)
    folder.open(
        {
            "kind": plan.kind,
            **plan.settings(),
            "dtype": prepared.device.dtype,
            "base": prepared.base.name,
            "base_sha256": prepared.base_sha256,
            "data": prepared.data.sha256,
        },
        resume=plan.resume,
    )
    with _memory_sentences():
        return _Training(prepared, folder, say).run()


def prepare(plan: TrainingPlan, settings: Settings, say: Say) -> Prepared:
    """Return a training with its rows encoded. Raises :class:`TrainingError`."""
    data = read_dataset(plan.dataset, plan.kind)
    base = find_base(plan.base, settings, plan.base_name)
    device = find_device(plan.dtype)
    config = load_config(base)
    shape = BaseShape.of(config)
    needed = estimate_bytes(read_shape(config, plan), plan, device)
    check_memory(needed, free_bytes(device), plan)
    tokenizer, encoder = load_encoder(base, data.layout)
    left_out: dict[str, int] = {}
    rows = _encode(encoder, data.train, plan, left_out, "train")
    held_out = _encode(encoder, data.validation, plan, left_out, "validation")
    for side, number in left_out.items():
        if number:
            say(f"{number} rows for {side} are longer than {plan.most_tokens} tokens: left out.")
    if not rows:
        raise TrainingError(
            f"Every row is longer than {plan.most_tokens} tokens. Give more --most-tokens."
        )
    return Prepared(
        plan=plan,
        base=base,
        base_sha256=base.sha256(),
        data=data,
        config=config,
        shape=shape,
        device=device,
        tokenizer=tokenizer,
        rows=rows,
        held_out=HeldOut(_draw(held_out, plan), plan.beta),
        left_out=left_out,
        needed=needed,
    )


def _encode(
    encoder: PromptEncoder,
    examples: Sequence[Example],
    plan: TrainingPlan,
    left_out: dict[str, int],
    side: str,
) -> list[Encoded]:
    encoded = [encoder.encode(example) for example in examples]
    fitting = [each for each in encoded if each.tokens <= plan.most_tokens and each.reply]
    left_out[side] = len(encoded) - len(fitting)
    return fitting


def _draw(rows: Sequence[Encoded], plan: TrainingPlan) -> list[Encoded]:
    """Return at most as many rows as the plan measures on, in their order."""
    if len(rows) <= plan.held_out:
        return list(rows)
    drawn = Random(plan.seed).sample(range(len(rows)), plan.held_out)  # noqa: S311 - reproducible
    return [rows[at] for at in sorted(drawn)]


@dataclass
class _Training:
    """Hold a running training."""

    prepared: Prepared
    folder: RunFolder
    say: Say
    model: Any = None
    measured: dict[int, list[Scored]] = field(default_factory=dict)

    def run(self) -> str:
        """Train, measure, write; return the card's text."""
        prepared, plan = self.prepared, self.prepared.plan
        device = prepared.device
        self.say(
            f"{prepared.base.name}: {len(prepared.rows)} rows to learn from, "
            f"{len(prepared.held_out.rows)} held-out rows of {prepared.held_out.scenes} scenes; "
            f"about {prepared.needed / _GIGABYTE:.1f} GB of memory, {device.dtype} on "
            f"{device.kind}."
        )
        self.measured = self.folder.measured()
        checkpoint = self.folder.last_checkpoint()
        trainer = make_trainer(
            plan,
            device,
            load_model(prepared.base, device),
            prepared.tokenizer,
            prepared.rows,
            self.folder.checkpoints,
        )
        self.model = trainer.model
        if 0 not in self.measured:
            self._measure(0)
        reporter = Reporter(self.say, self._measure, plan.evaluations)
        trainer.add_callback(callback(reporter))
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        seconds, steps = reporter.seconds, trainer.state.global_step
        self._measure(steps)
        self._save()
        facts = self._facts(trainer, reporter, seconds, resumed=checkpoint is not None)
        card = card_of(facts, plan.out, (CONFIG, WEIGHTS, GGUF))
        text = card_text(card)
        self.folder.finish(card, text)
        return text

    def _measure(self, step: int) -> None:
        held_out = self.prepared.held_out
        if not held_out.rows:
            return
        scores = held_out.score(self.model)
        self.measured[step] = scores
        self.folder.keep(step, scores)
        self.say(f"Held out, after {step} steps: loss {self._loss(step):.3f}.")

    def _loss(self, step: int) -> float:
        return self.prepared.held_out.loss(self.measured[step], self.measured[0])

    def _save(self) -> None:
        """Write the adapter as PEFT and llama.cpp read it, without a path of this machine."""
        base, out = self.prepared.base, self.prepared.plan.out
        self.model.peft_config["default"].base_model_name_or_path = base.repository or base.name
        self.model.save_pretrained(str(out), save_embedding_layers=False)
        (out / "README.md").unlink(missing_ok=True)  # the library's; the card is ours
        write_adapter_gguf(out, self.prepared.shape)

    def _facts(
        self, trainer: Any, reporter: Reporter, seconds: float, *, resumed: bool
    ) -> CardFacts:
        prepared = self.prepared
        steps = trainer.state.global_step
        logs = [each for each in trainer.state.log_history if "loss" in each]
        return CardFacts(
            plan=prepared.plan,
            base=prepared.base,
            base_sha256=prepared.base_sha256,
            data=prepared.data,
            left_out=prepared.left_out,
            device=prepared.device.kind,
            dtype=prepared.device.dtype,
            attention=str(trainer.model.config._attn_implementation),
            steps=steps,
            tokens=reporter.tokens,
            seconds=seconds,
            resumed=resumed,
            losses=[(each["step"], each["loss"]) for each in logs],
            curve=[(step, self._loss(step)) for step in sorted(self.measured)],
            held_out=prepared.held_out.figures(self.measured[0], self.measured[steps])
            if self.measured
            else None,
        )


@contextmanager
def _memory_sentences() -> Iterator[None]:
    """Turn running out of memory into a sentence."""
    torch = load("torch")
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise _out_of_memory() from error
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise _out_of_memory() from error


def _out_of_memory() -> TrainingError:
    return TrainingError(
        "The memory was not enough. Begin anew with a smaller --most-tokens or --batch, or "
        "with --checkpointing."
    )
