"""Scores of held-out replies, the figures made of them, and which of eight lines is likeliest."""

import math
from dataclasses import replace

import pytest

from app.engines.port import ContextTooLongError, EnginePrompt
from app.engines.scripted import ScriptedEngine, scripted_score
from app.likelihood.contexts import ContextName, FoldContexts
from app.likelihood.fingerprint import fingerprint
from app.likelihood.proof import prove
from app.likelihood.results import figures_by_budget
from app.likelihood.run import LikelihoodPlan, cost_of, run_likelihood
from app.likelihood.scores import Budget, ReplyScore, is_copied, score_jobs
from app.likelihood.which_line import Choice, choose_line, distractors, which_line
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.settings import PromptSettings, RetrievalSettings
from retrieval.ranking.weights import load_weights
from tests.app.likelihood.conftest import prompts_of

pytestmark = pytest.mark.anyio


def plan(*contexts: ContextName, budgets: tuple[Budget, ...] = (200,)) -> LikelihoodPlan:
    return LikelihoodPlan(
        weights=load_weights("k9"),
        retrieval=RetrievalSettings(),
        prompt=PromptSettings(),
        contexts=contexts,
        budgets=budgets,
    )


def score(context: ContextName, question: int, natural: float, **fields: object) -> ReplyScore:
    known: dict[str, object] = {
        "budget": None,
        "fold": 0,
        "scene": question,
        "tokens": 4,
        "size": 8,
        "example_tokens": 0 if context == "none" else 90,
        "copied": False,
    }
    return ReplyScore(
        context=context,
        question=question,
        log_probability=natural,
        **{**known, **fields},  # type: ignore[arg-type] # named as the fields are
    )


class Recording(ScriptedEngine):
    """Keeps what it is asked, and refuses texts that contain ``refused``."""

    def __init__(self, refused: str | None = None) -> None:
        super().__init__()
        self.asked: list[tuple[EnginePrompt, str]] = []
        self.refused = refused

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        self.asked.append((prompt, continuation))
        if continuation == self.refused:
            raise ContextTooLongError("It does not fit.")
        return await super().score(prompt, continuation, affinity=affinity, adapter=adapter)


async def test_every_reply_is_scored_once_in_every_context(folds: list[Fold]) -> None:
    engine, seen = Recording(), list[ReplyScore]()
    asked = plan("none", "random", "selector")
    run = await run_likelihood(folds[:2], asked, engine, seen.extend)
    questions = sum(len(fold.questions) for fold in folds[:2])
    assert len(run.scores) == cost_of(folds[:2], asked).scores == 3 * questions
    assert len({each.key for each in run.scores}) == len(run.scores)
    assert sorted(map(repr, seen)) == sorted(map(repr, run.scores))
    one = next(each for each in run.scores if each.key == ("random", 200, 1, 0))
    truth = folds[1].questions[0].truth
    [found] = [
        scripted_score(prompt, line)
        for prompt, line in engine.asked
        if line == truth and sum(scripted_score(prompt, line)) == one.log_probability
    ]
    assert (one.tokens, one.size) == (len(found), len(truth.encode()))
    assert 0 < one.example_tokens <= 200


async def test_known_scores_are_not_asked_for_again(folds: list[Fold]) -> None:
    first, again = Recording(), Recording()
    asked = plan("none", "random")
    run = await run_likelihood(folds[:1], asked, first, lambda _: None)
    half = {each.key for each in run.scores[::2]}
    rest = await run_likelihood(folds[:1], asked, again, lambda _: None, half)
    assert {each.key for each in rest.scores} == {each.key for each in run.scores} - half
    assert len(again.asked) == len(first.asked) - len(half)


async def test_a_reply_that_does_not_fit_the_context_has_no_score_anywhere(
    folds: list[Fold],
) -> None:
    engine = Recording(refused=folds[0].questions[1].truth)
    contexts: tuple[ContextName, ...] = ("none", "other", "random", "selector")
    asked = plan(*contexts, budgets=(None,))
    run = await run_likelihood(folds[:1], asked, engine, lambda _: None)
    questions = len(folds[0].questions)
    assert {each.question for each in run.scores} == set(range(questions)) - {1}
    [figures] = figures_by_budget({"老周": run.scores}, [None]).values()
    assert figures.levels["none"].replies == questions - 1
    proof = prove(run.scores, "selector")
    assert proof is not None
    assert proof.replies == questions - 1


def test_without_examples_one_number_of_tokens_is_as_good_as_another(folds: list[Fold]) -> None:
    jobs = list(score_jobs(folds[:1], ["none", "random"], [500, 1_000, None]))
    asked = {(job.context, job.budget) for job in jobs}
    assert asked == {
        ("none", 500),
        ("none", None),
        *(("random", budget) for budget in (500, 1_000, None)),
    }


@pytest.mark.parametrize(
    ("reply", "example", "copied"),
    [
        ("我守了灯塔一辈子了", "老周：我守了灯塔一辈子，冷。", True),  # eight letters
        ("我守了灯塔一辈子了", "老周：我守了灯塔一辈，子了。", True),  # punctuation does not part
        ("我守了灯塔一辈子了", "老周：我守了灯塔一辈", False),  # seven
        (
            "one two three four five six seven eight",
            "B: One two three four five six seven eight",
            True,
        ),
        (
            "one two three four five six seven nine",
            "B: one two three four five six seven eight",
            False,
        ),
    ],
)
def test_a_run_of_eight_letters_or_words_is_copied(reply: str, example: str, copied: bool) -> None:
    assert is_copied(reply, [example]) is copied


def test_figures_compare_the_same_replies_by_hand() -> None:
    scores = [
        *(score("none", at, natural) for at, natural in enumerate((-8.0, -10.0))),
        *(score("random", at, natural) for at, natural in enumerate((-6.0, -9.0))),
        *(score("selector", at, natural) for at, natural in enumerate((-5.0, -5.0))),
        score("selector", 2, -1.0),  # has no other context
    ]
    [figures] = figures_by_budget({"老周": scores}, [None]).values()
    # 18 nats in 8 tokens; gains of 2 and 1, and of 3 and 5.
    assert figures.levels["none"].nats_a_token.value == pytest.approx(-18 / 8)
    assert figures.differences["lift of selector"].nats_a_token.value == pytest.approx(5 / 8)
    rag = figures.differences["examples of selector"]
    assert rag.bits_a_reply.value == pytest.approx(8 / 2 / math.log(2))
    assert (rag.replies, figures.copied) == (2, 0)
    assert set(figures.differences) == {"lift of selector", "examples of selector"}
    assert figures.example_tokens == {"none": 0, "random": 90, "selector": 90}


def test_two_characters_do_not_share_scenes() -> None:
    scores = {who: [score("none", 0, -8.0), score("random", 0, -6.0)] for who in ("甲", "乙")}
    [figures] = figures_by_budget(scores, [None]).values()
    assert figures.levels["none"].replies == 2
    assert figures.differences == {}  # a comparison needs both of its contexts


def test_a_proof_is_what_the_lines_add() -> None:
    scores = [
        *(score("none", at, natural) for at, natural in enumerate((-9.0, -10.0))),
        *(score("other", at, natural) for at, natural in enumerate((-8.0, -9.0))),
        *(score("random", at, natural) for at, natural in enumerate((-6.0, -7.0))),
        score("selector", 0, -5.0),
        score("selector", 1, -1.0, copied=True),
    ]
    proof = prove(scores, "selector")
    assert proof is not None
    bits = {
        name: getattr(proof, name).bits_a_reply.value * math.log(2)
        for name in ("rag", "lift", "voice", "own", "other", "without_copied")
    }
    expected = {"rag": 6.5, "lift": 3.5, "voice": 2, "own": 3, "other": 1, "without_copied": 4}
    assert bits == pytest.approx(expected)
    assert (proof.replies, proof.scenes, proof.copied) == (2, 2, 1)
    assert proof.rag.is_significant


def test_a_proof_without_others_or_replies() -> None:
    alone = [
        score(name, 0, -5.0, example_tokens=0 if name in ("none", "other") else 90, copied=True)
        for name in ("none", "other", "random", "selector")
    ]
    proof = prove(alone, "selector")
    assert proof is not None
    assert (proof.voice, proof.other, proof.without_copied) == (None, None, None)
    assert prove(alone[:3], "selector") is None


def test_scores_are_reused_only_for_what_they_were_measured_with(
    subject: BenchmarkCharacter,
) -> None:
    asked = plan("none")

    def made(
        of: BenchmarkCharacter, with_: LikelihoodPlan, embedder: str = "a", most: int = 9
    ) -> str:
        return fingerprint(of, with_, embedder, "model", most)

    same = made(subject, asked)
    assert made(subject, plan("none", "random")) == same  # a score's key has the context
    others = [
        made(replace(subject, scenes=subject.scenes[1:]), asked),
        made(replace(subject, profile="其他"), asked),
        made(replace(subject, language="en"), asked),
        made(subject, replace(asked, prompt=PromptSettings(layout="best_last"))),
        made(subject, replace(asked, retrieval=RetrievalSettings(top_k=3))),
        made(subject, asked, embedder="b"),
        made(subject, asked, most=8),
    ]
    assert len({same, *others}) == 8


def test_distractors_are_of_other_held_out_scenes(folds: list[Fold]) -> None:
    fold = folds[0]
    for number, question in enumerate(fold.questions):
        lines = distractors(fold, number)
        assert len(lines) == len(set(lines)) == 7
        kept = {line.text for scene in fold.scenes for line in scene.lines}
        own = {each.truth for each in fold.questions}
        assert not kept & set(lines)
        assert question.truth not in lines
        assert not {text for _, text in question.dialogue} & set(lines)
        assert sum(line in own for line in lines) == 4
        assert lines == distractors(fold, number)


async def test_the_likeliest_line_is_chosen_by_its_mean(contexts: FoldContexts) -> None:
    engine = ScriptedEngine()
    prompts = await prompts_of(contexts, engine, 200)
    fold = contexts.fold
    choice = await choose_line("selector", fold, 0, prompts, engine)
    prompt, _ = await prompts.compose("selector", 0)

    def mean(line: str) -> float:
        found = scripted_score(prompt, line)
        return sum(found) / len(found)

    truth = fold.questions[0].truth
    best = max([truth, *distractors(fold, 0)], key=mean)
    assert choice == Choice("selector", fold.questions[0].scene, best == truth)


def test_accuracy_is_the_share_that_is_right() -> None:
    choices = [(0, Choice("none", scene, scene != 1)) for scene in range(4)]
    found = which_line(choices)
    assert (found.accuracy.value, found.replies) == (0.75, 4)
    assert found.accuracy.low < 0.75 < found.accuracy.high
