"""Train adapters at a terminal: ``offbook train lora`` and ``offbook train dpo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.plan import ALL_LINEAR, LEARNING_RATES, DType, TrainingPlan
from app.tools.training.adapters.run import train

train_commands = typer.Typer(
    help="LoRA adapters, trained on a dataset of `offbook dataset`.", no_args_is_help=True
)

Dataset = Annotated[Path, typer.Argument(help="A folder that `offbook dataset` wrote.")]
BaseModel = Annotated[
    str,
    typer.Option(
        help="A pulled model of the catalogue, a .gguf file, a folder with a Hugging Face "
        "checkpoint, or an id of the model hub."
    ),
]
Out = Annotated[Path, typer.Option(help="The adapter's folder, a new one.", file_okay=False)]
Name = Annotated[str, typer.Option(help="The adapter's name; by default the folder's.")]
BaseName = Annotated[
    str, typer.Option(help="The catalogue's name of the model, for a folder or an id of the hub.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the stopped training in the folder.")
]
LearningRate = Annotated[
    float, typer.Option(min=1e-9, max=1.0, help="At its highest; it follows a cosine.")
]
Epochs = Annotated[float, typer.Option(min=0.001, max=1_000)]
MostSteps = Annotated[int | None, typer.Option(min=1, help="Most steps, whatever the epochs.")]
Batch = Annotated[int, typer.Option(min=1, max=4_096, help="Rows computed at once.")]
Accumulate = Annotated[int, typer.Option(min=1, max=4_096, help="Batches to a step.")]
MostTokens = Annotated[
    int,
    typer.Option(
        min=16, max=1_000_000, help="Of a prompt with its reply; longer rows are left out."
    ),
]
Rank = Annotated[int, typer.Option(min=1, max=1_024, help="Of the adapter.")]
Alpha = Annotated[int, typer.Option(min=1, max=65_536, help="The adapter counts alpha / rank.")]
Targets = Annotated[
    str, typer.Option(help=f"Layers to adapt, such as q_proj,v_proj; or {ALL_LINEAR}.")
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 2)]
DTypes = Annotated[
    DType, typer.Option(help="Of the base's weights; by default 16 bits where it is fast.")
]
Checkpointing = Annotated[
    bool | None,
    typer.Option(
        help="Compute activations again instead of keeping them: slower, and less memory. By "
        "default on a GPU."
    ),
]
HeldOutRows = Annotated[
    int, typer.Option("--held-out", min=0, help="Most held-out rows to measure on.")
]
Evaluations = Annotated[
    int, typer.Option(min=1, max=1_000, help="Measurements on them, beside the one before.")
]
IgnoreMemory = Annotated[
    bool, typer.Option("--ignore-memory", help="Begin even if the memory seems not enough.")
]


@train_commands.command("lora")
def lora_command(
    dataset: Dataset,
    base: BaseModel,
    out: Out,
    name: Name = "",
    base_name: BaseName = "",
    resume: Resume = False,
    learning_rate: LearningRate = LEARNING_RATES["sft"],
    epochs: Epochs = 1.0,
    most_steps: MostSteps = None,
    batch: Batch = 1,
    accumulate: Accumulate = 8,
    most_tokens: MostTokens = 2_048,
    packing: Annotated[
        bool, typer.Option(help="Compute several rows as one sequence; none sees another.")
    ] = True,
    rank: Rank = 16,
    alpha: Alpha = 32,
    dropout: Annotated[float, typer.Option(min=0, max=0.9)] = 0.05,
    targets: Targets = ALL_LINEAR,
    seed: Seed = 1,
    dtype: DTypes = "auto",
    checkpointing: Checkpointing = None,
    held_out: HeldOutRows = 100,
    evaluations: Evaluations = 4,
    ignore_memory: IgnoreMemory = False,
) -> None:
    """Teach an adapter the replies of a dataset; prompts are read, and not learnt."""
    _train(
        TrainingPlan(
            kind="sft",
            dataset=dataset,
            base=base,
            out=out,
            name=name or out.resolve().name.lower(),
            base_name=base_name,
            resume=resume,
            learning_rate=learning_rate,
            epochs=epochs,
            most_steps=most_steps,
            batch=batch,
            accumulate=accumulate,
            most_tokens=most_tokens,
            packing=packing,
            rank=rank,
            alpha=alpha,
            dropout=dropout,
            targets=_targets(targets),
            seed=seed,
            dtype=dtype,
            checkpointing=checkpointing,
            held_out=held_out,
            evaluations=evaluations,
            ignore_memory=ignore_memory,
        )
    )


@train_commands.command("dpo")
def dpo_command(
    dataset: Dataset,
    base: BaseModel,
    out: Out,
    name: Name = "",
    base_name: BaseName = "",
    resume: Resume = False,
    learning_rate: LearningRate = LEARNING_RATES["dpo"],
    beta: Annotated[
        float, typer.Option(min=1e-4, max=100, help="How much it holds to the base model.")
    ] = 0.1,
    epochs: Epochs = 1.0,
    most_steps: MostSteps = None,
    batch: Batch = 1,
    accumulate: Accumulate = 8,
    most_tokens: MostTokens = 2_048,
    rank: Rank = 16,
    alpha: Alpha = 32,
    targets: Targets = ALL_LINEAR,
    seed: Seed = 1,
    dtype: DTypes = "auto",
    checkpointing: Checkpointing = None,
    held_out: HeldOutRows = 100,
    evaluations: Evaluations = 4,
    ignore_memory: IgnoreMemory = False,
) -> None:
    """Teach an adapter to prefer one reply of a pair over the other."""
    _train(
        TrainingPlan(
            kind="dpo",
            dataset=dataset,
            base=base,
            out=out,
            name=name or out.resolve().name.lower(),
            base_name=base_name,
            resume=resume,
            learning_rate=learning_rate,
            beta=beta,
            epochs=epochs,
            most_steps=most_steps,
            batch=batch,
            accumulate=accumulate,
            most_tokens=most_tokens,
            rank=rank,
            alpha=alpha,
            targets=_targets(targets),
            seed=seed,
            dtype=dtype,
            checkpointing=checkpointing,
            held_out=held_out,
            evaluations=evaluations,
            ignore_memory=ignore_memory,
        )
    )


def _targets(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(",")))) or (ALL_LINEAR,)


def _train(plan: TrainingPlan) -> None:
    settings = Settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    err = Console(stderr=True, highlight=False)

    def say(line: str) -> None:
        err.print(line, markup=False, soft_wrap=True)

    try:
        text = train(plan, settings, say)
    except (TrainingError, EvaluationError) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        say("Stopped. The same command with --resume goes on from the last checkpoint.")
        raise typer.Exit(130) from None
    console = Console(highlight=False)
    console.print(text, markup=False, soft_wrap=True)
    console.print(f"\nWritten to {plan.out}", markup=False, soft_wrap=True)
