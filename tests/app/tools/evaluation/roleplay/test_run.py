"""The whole run on a small made-up benchmark: scripted engine, scripted judge, real HTTP."""

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.engines.port import EnginePrompt, EngineRequestError, EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.roleplay.dataset import read_dataset
from app.tools.evaluation.roleplay.results import RoleplayResults
from app.tools.evaluation.roleplay.run import Options, Scorers, run
from tests.app.conftest import make_settings
from tests.app.engines.test_embedded import demo_path
from tests.app.tools.evaluation.roleplay.data import FIXTURES, load
from tests.app.tools.evaluation.roleplay.scripted_judge import judging

ENVIRONMENT = {"OFFBOOK_ENGINE__KIND": "scripted", "OFFBOOK_EMBEDDER__NAME": "hashing"}


@pytest.fixture
def out(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder for a run, its database migrated already."""
    (tmp_path / "out" / "service").mkdir(parents=True)
    shutil.copy(sqlite_template, tmp_path / "out" / "service" / "offbook.sqlite3")
    return tmp_path / "out"


def invoke(out: Path, *options: str, data: Path = FIXTURES, **environment: str) -> Result:
    arguments = ["eval", "roleplay", "--data", str(data), "--out", str(out), *options]
    kept = {"OFFBOOK_DATA_DIR": str(out.parent / "data")}
    return CliRunner().invoke(cli, arguments, env=ENVIRONMENT | kept | environment)


def judged_by(url: str) -> Sequence[str]:
    return ("--judge-url", url, "--judge-model", "strict")


def strict(metric: str, role: str, times: int) -> str:
    """Fluency 4, but 2 for 林澈; Accuracy 3; Diversity only when asked again; never Empathy."""
    if metric == "Empathy":
        return "我无法评价。"
    if metric == "Diversity" and times == 1:
        return "好"
    scores = {"Fluency": 2 if role == "林澈" else 4, "Accuracy": 3, "Utterance": 5, "Diversity": 1}
    return json.dumps({"reason": "因为", "score": scores[metric]}, ensure_ascii=False)


def test_replies_are_generated_transformed_judged_and_reported(out: Path) -> None:
    with judging(strict) as judge:
        done = invoke(out, *judged_by(judge.url), OFFBOOK_JUDGE__API_KEY="sk-secret")
    assert done.exit_code == 0, done.output
    assert judge.keys == {"Bearer sk-secret"}
    assert "sk-secret" not in done.output
    # What is no score is asked for again: three times in all, or until it is one.
    times = {text.rsplit("（", 1)[1].split("）")[0]: n for text, n in judge.asked.items()}
    assert (times["Empathy"], times["Diversity"], times["Utterance"]) == (3, 2, 1)

    generation = load(out / "generation.jsonl")
    assert [item["id"] for item in generation] == list(range(1, 10))
    assert generation[8] == {
        **load(FIXTURES / "test_data.jsonl")[8],
        "model_output": "你说“您年轻的时候出过海吗？”？嗯，让我想一想……好，这句话我记住了。",
    }
    transformed = load(out / "generation_trans.jsonl")
    assert len(transformed) == 13
    assert transformed[1]["id"] == transformed[2]["id"] == 2
    assert (transformed[2]["metric_en"], transformed[2]["metric_zh"]) == ("Accuracy", "知识准确率")
    evaluation = load(out / "evaluation.jsonl")
    assert len(evaluation) == 11  # Empathy is asked for twice, and never scored
    assert evaluation[0] == {**transformed[0], "Fluency": 2.0}

    report = load(out / "roleplay.json")
    fluency = report["metrics"]["Fluency"]
    # 林澈 is judged three times, 苏禾 and 老郑 once each: (2 + 2 + 2 + 4 + 4) / 5.
    assert (fluency["scored"], fluency["mean"]["value"]) == (5, pytest.approx(2.8))
    assert fluency["mean"]["low"] <= 2.8 <= fluency["mean"]["high"] <= 4
    assert report["metrics"]["Diversity"]["mean"]["value"] == 1
    empathy = report["metrics"]["Empathy"]
    assert (empathy["mean"], empathy["scored"], empathy["unscored"]) == (None, 0, 2)
    assert sum(report["unscored"].values()) == 2
    assert report["groups"]["character"] == pytest.approx((3 + 5) / 2)
    assert report["replies"] == 9
    assert "| Fluency " in done.output
    assert "Without a score: 2." in done.output
    assert report["personality"] is None
    assert "MBTI, the thirteenth metric, is not measured" in done.output
    chart = ET.parse(out / "roleplay.svg").getroot()
    shown = {text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")}
    assert {"scripted, by judge strict", "Empathy 共情度", "2.80"} <= shown


def test_characters_are_interviewed_where_their_types_are_known(out: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(FIXTURES, data)
    (data / "mbti.json").write_text('{"林澈": "istj"}', encoding="utf-8")
    letters = {"EI": "I", "SN": "S", "TF": "F"}

    def answer(metric: str, role: str, times: int) -> str:
        if metric == "JP":
            return "两者都是"
        return (
            f'{{"letter": "{letters[metric]}"}}'
            if metric in letters
            else strict(metric, role, times)
        )

    with judging(answer) as judge:
        done = invoke(out, *judged_by(judge.url), data=data)
    assert done.exit_code == 0, done.output
    # I and S are 林澈's, F is not, and of the fourth letter the judge says nothing.
    figures = load(out / "roleplay.json")["personality"]
    assert figures["accuracy"]["value"] == pytest.approx(2 / 3)
    assert (figures["scored"], figures["unscored"]) == (3, 1)
    assert "MBTI: 0.667" in done.output
    (interview,) = (text for text in judge.asked if "【判断方面】E" in text)
    assert "守灯人" not in interview  # the judge sees the answers, not the profile
    assert interview.count("答：你说“") == 2
    assert len(load(out / "generation.jsonl")) == 9


def test_a_run_goes_on_where_it_was(out: Path) -> None:
    with judging(strict) as judge:
        invoke(out, *judged_by(judge.url), "--limit", "2")
        assert len(load(out / "generation.jsonl")) == 2
        first = (out / "replies.jsonl").read_text(encoding="utf-8")
        asked = judge.asked.total()
        done = invoke(out, *judged_by(judge.url))
    assert done.exit_code == 0, done.output
    assert "2 replies are there already." in done.output
    assert (out / "replies.jsonl").read_text(encoding="utf-8").startswith(first)
    assert len(load(out / "generation.jsonl")) == 9
    # Of 13 records 3 were judged before; Empathy, twice, is asked three times and Diversity twice.
    assert judge.asked.total() - asked == 10 + 2 * 2 + 1


def test_only_what_is_there_is_scored_without_an_engine(out: Path) -> None:
    invoke(out)
    with judging(strict) as judge:
        done = invoke(out, *judged_by(judge.url), "--no-generate")
    assert done.exit_code == 0, done.output
    assert "scripted answers." not in done.output
    assert load(out / "roleplay.json")["metrics"]["Utterance"]["mean"]["value"] == 5


def test_replies_of_two_runs_are_never_mixed(out: Path) -> None:
    assert invoke(out).exit_code == 0
    done = invoke(out, "--examples", "none", "--seed", "2")
    assert done.exit_code == 1
    assert "examples, seed differ" in done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--no-generate"], "holds no replies yet"),
        (["--judge-url", "ftp://judge", "--judge-model", "a"], "ftp://judge is no address"),
        (["--judge-url", "http://127.0.0.1:1"], "Say with --judge-model"),
    ],
)
def test_what_cannot_be_done_is_said(out: Path, options: list[str], said: str) -> None:
    done = invoke(out, *options)
    assert done.exit_code == 1
    assert said in done.output


def test_a_judge_that_is_not_there_is_found_out_first(out: Path) -> None:
    done = invoke(out, *judged_by("http://127.0.0.1:1/v1"))
    assert done.exit_code == 1
    assert "Nobody answers at http://127.0.0.1:1/v1/chat/completions" in done.output
    assert not (out / "replies.jsonl").exists()


def test_a_judge_that_does_not_know_the_speakers_is_refused(out: Path) -> None:
    with judging(strict, knows=False) as judge:
        done = invoke(out, *judged_by(judge.url))
        assert done.exit_code == 1
        assert "The judge is refused, and nothing is scored. strict names" in done.output
        assert "on 14 held-out lines, among 3" in done.output
        assert "chance: 33 %" in done.output
        # Each of the fourteen lines, in both orders, once for both runs.
        again = invoke(out, *judged_by(judge.url))
    assert again.exit_code == 1
    assert (judge.gate, judge.asked.total()) == (28, 0)
    assert not (out / "roleplay.json").exists()
    assert not (out / "evaluation.jsonl").exists()


def test_what_the_judge_knows_stands_beside_its_scores(out: Path) -> None:
    with judging(strict) as judge:
        done = invoke(out, *judged_by(judge.url))
    assert done.exit_code == 0, done.output
    named = "strict names the masked speaker in 100 % [100, 100] of its verdicts on 14 held-out"
    assert named in (out / "roleplay.md").read_text("utf-8")
    gate = load(out / "roleplay.json")["gate"]
    assert (gate["accuracy"]["value"], gate["consistency"]["value"]) == (1.0, 1.0)
    assert (gate["questions"], gate["unreadable"]) == (14, 0)


def test_replies_are_scored_by_their_flaws(out: Path) -> None:
    def flawed(respect: str, role: str, times: int) -> str:
        if respect == "Storyline_Quality":
            return '{"flaws": [{"severity": 9}]}'
        flaws = [{"flaw": "口吻不像", "severity": 4}] if role == "老郑" else []
        return json.dumps({"flaws": flaws}, ensure_ascii=False)

    with judging(flawed) as judge:
        done = invoke(out, *judged_by(judge.url), "--protocol", "penalty")
    assert done.exit_code == 0, done.output
    report = load(out / "penalty.json")
    assert list(report["metrics"]) == [
        "Anthropomorphism",
        "Character_Fidelity",
        "Storyline_Quality",
    ]
    # One of the nine replies is 老郑's: 100 - 5 * (4 - 0.3) = 81.5.
    mean = report["metrics"]["Character_Fidelity"]["mean"]["value"]
    assert mean == pytest.approx((8 * 100 + 81.5) / 9)
    quality = report["metrics"]["Storyline_Quality"]
    assert (quality["mean"], quality["unscored"]) == (None, 9)
    assert report["gate"]["accuracy"]["value"] == 1.0
    assert "from 0 to 100" in done.output
    assert not (out / "roleplay.json").exists()
    chart = ET.parse(out / "penalty.svg").getroot()
    shown = {text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")}
    assert {"0", "50", "100", "Anthropomorphism 拟人程度"} <= shown


def test_flaws_take_a_judge(out: Path) -> None:
    done = invoke(out, "--protocol", "penalty")
    assert done.exit_code == 1
    assert "The protocol penalty takes a judge" in done.output


def test_a_judge_without_an_address_is_a_model_of_the_catalogue(out: Path) -> None:
    models = str(out.parent / "models")
    done = invoke(out, "--judge-model", "demo", OFFBOOK_ENGINE__MODELS_DIR=models)
    assert done.exit_code == 1
    assert "is not on this machine. Run `offbook model pull demo`" in done.output
    unknown = invoke(out, "--judge-model", "magic")
    assert unknown.exit_code == 1
    assert "There is no model named 'magic'" in unknown.output


async def play(engine: ScriptedEngine, out: Path, **changes: Any) -> RoleplayResults:
    """A run in this event loop, not scored."""
    given: dict[str, Any] = {
        "examples": "others",
        "concurrency": 2,
        "limit": None,
        "seed": 1,
        "generate": True,
    }
    settings: Settings = make_settings("", out, engine={"kind": "scripted"})
    options = Options(out=out, **(given | changes))
    return await run(read_dataset(FIXTURES), options, settings, Scorers(), lambda _: None, engine)


def asked_in(prompt: EnginePrompt) -> str:
    """The last line before the one that the character is to say."""
    return [line for line in str(prompt).splitlines() if line.strip()][-2]


@pytest.mark.anyio
async def test_what_the_engine_is_asked(out: Path) -> None:
    engine = ScriptedEngine()
    await play(engine, out)
    prompts = {asked_in(call.prompt): str(call.prompt) for call in engine.calls}
    assert len(prompts) == 9
    first = prompts["苏禾:灯塔的门怎么又锁上了？"]
    assert "父亲出海未归" in first  # of the profile
    assert "龙骨还差一道漆" in first  # of another dialogue
    assert "我怕它被吹开" not in first  # the answer, which stands in the second item
    second = prompts["苏禾:你总是想得太多，林澈。"]
    assert second.index("灯塔的门怎么又锁上了") < second.index("我怕它被吹开")


@pytest.mark.anyio
async def test_what_the_engine_refuses_is_an_error_in_the_benchmarks_own_way(out: Path) -> None:
    results = await play(ScriptedEngine(fail_before=EngineRequestError("No such thing.")), out)
    assert results.replies == 0
    assert sum(results.failures.values()) == 9
    assert {item["model_output"] for item in load(out / "generation.jsonl")} == {"ERROR"}
    assert load(out / "generation_trans.jsonl") == []
    # The next run asks again for what there is no reply to.
    assert (await play(ScriptedEngine(), out)).replies == 9


@pytest.mark.anyio
async def test_an_engine_that_is_away_ends_the_run(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.tools.evaluation.roleplay.generation._PAUSE_SECONDS", ())
    monkeypatch.setattr("app.tools.evaluation.roleplay.generation._FAILURES_IN_A_ROW", 4)
    gone = ScriptedEngine(fail_before=EngineUnavailableError("It died."))
    with pytest.raises(EvaluationError, match="4 replies in a row failed, the last with"):
        await play(gone, out)


@pytest.mark.model
def test_the_embedded_engine_plays_and_a_scripted_judge_scores(out: Path) -> None:
    if not demo_path().is_file():
        pytest.skip(f"{demo_path()} is missing: run `offbook model pull demo`")
    with judging(strict) as judge:
        done = invoke(
            out,
            *judged_by(judge.url),
            *("--limit", "2"),
            OFFBOOK_ENGINE__KIND="embedded",
            OFFBOOK_ENGINE__MODEL=str(demo_path()),
            OFFBOOK_ENGINE__PROMPT_STYLE="chat",
        )
    assert done.exit_code == 0, done.output
    first, second = load(out / "generation.jsonl")
    assert first["model_output"]
    assert second["model_output"]
    report = load(out / "roleplay.json")
    assert report["metrics"]["Fluency"]["mean"]["value"] == 2
    assert report["failures"] == {}
