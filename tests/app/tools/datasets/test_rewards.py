"""A reward model behind HTTP decides which rows stay."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from app.engines import scripted
from app.tools.bench.processes import free_port
from tests.app.serving import serving
from tests.app.tools.datasets.making import EXCHANGES, FREE, Json, answers, dataset, made

OWN = "As an assistant I am glad to help."
FIRST = EXCHANGES[0][1]


@contextmanager
def rewarding(shares: Mapping[str, float], asked: list[str]) -> Iterator[str]:
    """An endpoint that gives an answer its share, others a half."""
    app = FastAPI()

    @app.post("/classify")
    async def classify(request: Request) -> Json:
        text: str = (await request.json())["input"]
        asked.append(text)
        answer = text.partition("<Response>\n\n")[2].partition("\n\n<Dimension>")[0]
        return {"data": [{"probs": [shares.get(answer, 0.5)]}]}

    with serving(app) as client:
        yield str(client.base_url)


def test_lines_with_a_low_reward_are_left_out(script: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.txt"
    profile.write_text("Mira keeps the inn.", "utf-8")
    asked: list[str] = []
    with rewarding({FIRST: 0.1}, asked) as url:
        options = (script, "--profile", profile, "--reward-url", url, "--least-reward", "0.3")
        found = made("sft", tmp_path / "out", *options)
        assert found.dropped() == {"low_reward": 1}
        assert FIRST not in answers(found.rows)
        assert len(asked) == 12
        assert (
            "<RoleInfo>\n\nMira keeps the inn.\n\n<Context>\n\nAnn:Where did you leave the ladder?"
            f"\n\n<Response>\n\n{FIRST}\n\n<Dimension>\n\n言语一致性"
        ) in asked
        asked.clear()
        assert made("sft", tmp_path / "out", *options, "--overwrite").rows == found.rows
        assert asked == []
    assert found.card["filters"]["least_reward"] == 0.3


def test_a_pair_stays_where_the_chosen_answer_scores_higher(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "scripted_reply", lambda _: OWN)
    with rewarding({OWN: 0.4, FIRST: 0.4}, []) as url:
        options = (script, "--generate", "12", "--reward-url", url)
        found = made("dpo", tmp_path / "out", *options)
    assert found.dropped() == {"reward_reversed": 1}
    assert FIRST not in answers(found.rows, "chosen")


def test_a_reward_model_that_is_away_is_said(script: Path, tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    options = (script, *FREE, "--reward-url", away, "--out", tmp_path / "out")
    done = dataset("sft", *options)
    assert done.exit_code == 1
    assert "The reward model gives no score: Nobody answers at" in " ".join(done.output.split())
