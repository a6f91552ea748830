"""Run CharacterEval at a terminal: ``offbook eval roleplay``."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.settings import JudgeSettings, Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.gate import GATES, pass_gate
from app.tools.evaluation.judges.opening import open_judge
from app.tools.evaluation.roleplay.assignment import Examples, casts_of
from app.tools.evaluation.roleplay.dataset import read_dataset
from app.tools.evaluation.roleplay.judge import Judge
from app.tools.evaluation.roleplay.metrics import Protocol
from app.tools.evaluation.roleplay.penalties import PenaltyJudge
from app.tools.evaluation.roleplay.personality import PersonalityJudge
from app.tools.evaluation.roleplay.report import write_results
from app.tools.evaluation.roleplay.results import RoleplayResults
from app.tools.evaluation.roleplay.reward_model import RewardModel
from app.tools.evaluation.roleplay.run import Options, Scorers, run
from app.tools.evaluation.roleplay.scorers import RewardEndpoint, Scorer

_REWARD_MODEL = "BaichuanCharRM"

Connect = Callable[[str], Awaitable[JudgeEndpoint]]


def eval_roleplay_command(
    data: Annotated[
        Path, typer.Option(help="The folder of CharacterEval's data.", file_okay=False)
    ],
    examples: Annotated[
        Examples,
        typer.Option(help="What a character knows: its other dialogues, or the profile alone."),
    ] = "others",
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=256, help="By default as many as the engine bears.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first items.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 2)] = 1,
    generate: Annotated[
        bool, typer.Option(help="Or only score what an earlier run generated.")
    ] = True,
    reward_model: Annotated[
        str, typer.Option(help="A folder or a hub's name; with --reward-url its name there.")
    ] = "",
    reward_url: Annotated[str, typer.Option(help="An endpoint with /classify.")] = "",
    trust_remote_code: Annotated[
        bool, typer.Option(help="Run the code that the reward model brings.")
    ] = False,
    judge_url: Annotated[
        str, typer.Option(help="OpenAI-compatible; by default OFFBOOK_JUDGE__URL.")
    ] = "",
    judge_model: Annotated[
        str,
        typer.Option(
            help="By default OFFBOOK_JUDGE__MODEL; without an address, a pulled model of the "
            "catalogue."
        ),
    ] = "",
    protocol: Annotated[
        Protocol,
        typer.Option(help="The benchmark's metrics, or CoSER's points for flaws."),
    ] = "scores",
    out: Annotated[
        Path, typer.Option(help="A folder; what is there is gone on with.", file_okay=False)
    ] = Path("build/eval/roleplay"),
) -> None:
    """Play the roles of CharacterEval, and have the replies scored."""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)
    settings = Settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    given = {"url": judge_url, "model": judge_model}
    judge = settings.judge.model_copy(update={name: said for name, said in given.items() if said})
    options = Options(
        out=out,
        examples=examples,
        concurrency=concurrency or settings.running_turns,
        limit=limit,
        seed=seed,
        protocol=protocol,
        generate=generate,
    )

    def say(line: str) -> None:
        err.print(line, markup=False, soft_wrap=True)

    scoring = _Scoring(judge, reward_model, reward_url, trust_code=trust_remote_code)
    try:
        results = asyncio.run(_evaluate(data, options, settings, scoring, say))
    except EvaluationError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(write_results(results, out), markup=False, soft_wrap=True)
    console.print(f"\nWritten to {out}", markup=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Scoring:
    """Hold the options that select the scorers."""

    judge: JudgeSettings
    reward_model: str
    reward_url: str
    trust_code: bool


async def _evaluate(
    data: Path, options: Options, settings: Settings, scoring: _Scoring, say: Say
) -> RoleplayResults:
    dataset = await asyncio.to_thread(read_dataset, data)
    judge = scoring.judge
    async with AsyncExitStack() as stack:
        key = judge.api_key.get_secret_value() if judge.api_key else None

        async def connect(url: str) -> JudgeEndpoint:
            return await stack.enter_async_context(JudgeEndpoint(url, key, judge.timeout))

        reward = await _reward(scoring, connect)
        asked = await stack.enter_async_context(open_judge(judge, settings, say))
        if options.protocol == "penalty" and (asked is None or reward is not None):
            raise EvaluationError(
                "The protocol penalty takes a judge, and no reward model: --judge-model."
            )
        if asked is None:
            return await run(dataset, options, settings, Scorers(reward), say)
        # Before anything else: a judge that is refused should not be found out after hours.
        corpora = casts_of(dataset.items)
        gated = await pass_gate(asked, corpora, settings.data_dir / GATES, say, options.concurrency)
        judging = PenaltyJudge(gated) if options.protocol == "penalty" else Judge(gated)
        types = PersonalityJudge(gated, dataset.types)
        scorers = Scorers(reward or judging, types, gated.gate)
        return await run(dataset, options, settings, scorers, say)


async def _reward(scoring: _Scoring, connect: Connect) -> Scorer | None:
    model = scoring.reward_model
    if scoring.reward_url:
        return RewardEndpoint(await connect(scoring.reward_url), model or _REWARD_MODEL)
    if model:
        return await asyncio.to_thread(RewardModel, model, trust_code=scoring.trust_code)
    return None
