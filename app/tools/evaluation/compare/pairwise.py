"""Have a judge that has passed the gate compare the replies of both sides."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from app.search.benchmark.corpus import BenchmarkCharacter
from app.settings import JudgeSettings, Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.compare.verdicts import ReplyPair, Verdicts
from app.tools.evaluation.judges.gate import GATES, GatedJudge, pass_gate
from app.tools.evaluation.judges.model import JudgeModel
from app.tools.evaluation.judges.opening import open_judge
from app.tools.evaluation.judges.pairwise import compare_replies, pair_text
from app.tools.evaluation.judges.penalty import penalty_figures, penalty_text
from app.tools.evaluation.judges.replies import JudgedQuestion
from app.tools.evaluation.judges.speaker_questions import Corpus


class PairwiseJudge:
    """Ask the judge of the settings; it runs only while it is asked."""

    def __init__(
        self,
        judge: JudgeSettings,
        settings: Settings,
        subjects: Sequence[BenchmarkCharacter],
        names: tuple[str, str],
        out: Path,
        say: Say,
        *,
        penalty: bool = False,
    ) -> None:
        """Take the judge, the characters for its gate, and the names of both sides.

        ``penalty``: the judge lists the flaws of each reply, too.
        """
        self._judge = judge
        self._settings = settings
        self._corpora = [Corpus(subject.name, subject.scenes) for subject in subjects]
        self._names = names
        self._out = out
        self._say = say
        self._penalty = penalty

    @property
    def is_configured(self) -> bool:
        """Whether the settings name a judge."""
        return bool(self._judge.url or self._judge.model)

    async def admit(self) -> None:
        """Let the judge pass the gate, before hours are spent on replies for it.

        Raises :class:`~app.tools.evaluation.judges.gate.JudgeRefusedError`, and
        :class:`~app.search.benchmark.errors.EvaluationError` where it does not answer.
        """
        async with self._open() as model:
            await self._pass(model)

    async def __call__(self, pairs: Sequence[ReplyPair]) -> Verdicts:
        """Return how often either side is preferred; verdicts are kept in the folder."""
        questions = [_question(pair) for pair in pairs]
        sides = {pair.id: pair.one for pair in pairs}, {pair.id: pair.other for pair in pairs}
        async with self._open() as model:
            judge = await self._pass(model)
            found = await compare_replies(judge, questions, *sides, self._out, self._say)
            flaws = [
                await penalty_figures(judge, questions, replies, self._out, self._say)
                for replies in (sides if self._penalty else ())
            ]
        text, figures = pair_text(found, *self._names), asdict(found)
        if flaws:
            text += f"\n\n{penalty_text(flaws, self._names)}"
            figures["flaws"] = [asdict(side) for side in flaws]
        return Verdicts(text=text, figures=figures)

    def _open(self) -> AbstractAsyncContextManager[JudgeModel | None]:
        return open_judge(self._judge, self._settings, self._say)

    async def _pass(self, model: JudgeModel | None) -> GatedJudge:
        assert model is not None  # noqa: S101 (the settings name one)
        return await pass_gate(model, self._corpora, self._settings.data_dir / GATES, self._say)


def _question(pair: ReplyPair) -> JudgedQuestion:
    return JudgedQuestion(
        id=pair.id,
        scene=pair.scene,
        name=pair.character,
        profile=pair.profile,
        context="\n".join(f"{who}: {' '.join(text.split())}" for who, text in pair.dialogue),
        truth=pair.true,
    )
