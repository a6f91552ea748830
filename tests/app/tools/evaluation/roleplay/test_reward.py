"""The benchmark's reward model: behind HTTP, and in this process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.judges import endpoint as endpoint_module
from app.tools.evaluation.judges.endpoint import BusyError, JudgeEndpoint
from app.tools.evaluation.judges.model import UnscoredError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.reward_model import RewardModel
from app.tools.evaluation.roleplay.scorers import RewardEndpoint, reward_input
from tests.app.serving import serving
from tests.app.tools.evaluation.roleplay.data import make_item

RECORD = ResultRecord(
    make_item("1", "林澈", ["苏禾：灯塔的门怎么又锁上了？"]),
    "我怕。",
    "Fluency",
    "对话流利度",
    "守灯人",
)


@contextmanager
def classifying(answers: list[tuple[int, Any]], asked: list[Any]) -> Iterator[str]:
    """An endpoint that gives these answers, status and body, one after the other."""
    app = FastAPI()

    @app.post("/classify")
    async def classify(request: Request) -> JSONResponse:
        asked.append(await request.json())
        status, body = answers.pop(0)
        return JSONResponse(body, status, {"Retry-After": "0"})

    with serving(app) as client:
        yield str(client.base_url)


async def score(answers: list[tuple[int, Any]], asked: list[Any]) -> float:
    with classifying(answers, asked) as url:
        async with JudgeEndpoint(url, None, 10) as endpoint:
            return await RewardEndpoint(endpoint, "BaichuanCharRM").score(RECORD)


def share(value: object) -> tuple[int, Any]:
    return 200, {"data": [{"probs": [value]}]}


@pytest.mark.anyio
async def test_a_share_becomes_a_score_from_1_to_5() -> None:
    asked: list[Any] = []
    assert await score([share(0.75)], asked) == 4.0
    assert asked == [{"model": "BaichuanCharRM", "input": reward_input(RECORD)}]


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [share(1.5), share("good"), (200, {"data": []}), (200, [])])
async def test_what_is_no_share_is_no_score(answer: tuple[int, Any]) -> None:
    with pytest.raises(UnscoredError):
        await score([answer], [])


@pytest.mark.anyio
async def test_a_busy_endpoint_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_module, "_PAUSE_SECONDS", (0.0, 0.0))
    busy = (503, {"error": "loading"})
    asked: list[Any] = []
    assert await score([busy, busy, share(0.5)], asked) == 3.0
    assert len(asked) == 3
    with pytest.raises(BusyError, match="status 503"):
        await score([busy, busy, busy], [])


@pytest.mark.anyio
async def test_a_refusal_is_told_at_once() -> None:
    with pytest.raises(EvaluationError, match=r"status 401.*wrong key"):
        await score([(401, {"error": "wrong key"})], [])


_MODELING = """\
import torch
from transformers import PretrainedConfig, PreTrainedModel


class TinyConfig(PretrainedConfig):
    model_type = "tiny-reward"


class TinyReward(PreTrainedModel):
    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.scale = torch.nn.Parameter(torch.ones(1))
        self.post_init()

    def forward(self, input_ids):
        ends_well = (input_ids[0, -1] == 1).float()
        return None, self.scale * (0.25 * ends_well + input_ids.shape[1] / 16384)
"""


@pytest.fixture
def tiny_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that brings its own code: a quarter for the end token, a quarter for 4,096 tokens."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    monkeypatch.setattr(
        "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules")
    )
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "modeling_tiny.py").write_text(_MODELING, encoding="utf-8")
    words = tokenizers.models.WordLevel({"[UNK]": 0, "</s>": 1}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(words)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="[UNK]"
    ).save_pretrained(folder)
    namespace: dict[str, Any] = {"__name__": "modeling_tiny"}
    exec(_MODELING, namespace)
    namespace["TinyReward"](namespace["TinyConfig"]()).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = {"AutoConfig": "TinyConfig", "AutoModel": "TinyReward"}
    config["auto_map"] = {auto: f"modeling_tiny.{name}" for auto, name in names.items()}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore")
async def test_a_model_of_its_own_code_scores_in_this_process(tiny_model: Path) -> None:
    with pytest.raises(EvaluationError, match="--trust-remote-code"):
        RewardModel(str(tiny_model), trust_code=False)
    model = RewardModel(str(tiny_model), trust_code=True)
    long = ResultRecord(RECORD.item, "长" * 9_000, "Fluency", "对话流利度", "守灯人")
    # 4,096 of 16,384 tokens and the end token are half: (.25 + .25) * 4 + 1.
    assert await model.score(long) == pytest.approx(3.0, abs=0.05)


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    with pytest.raises(EvaluationError, match="cannot be loaded"):
        RewardModel(str(tmp_path), trust_code=False)
