import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import RerankerUnavailableError, UnknownRerankerError
from retrieval.reranking.factory import create_reranker
from retrieval.reranking.port import Reranker

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "lamp", "boat", "night", "burns", "灯", "船")


def write_model(folder: Path, labels: int) -> Path:
    """A cross-encoder of two tiny layers, untrained, that knows a few words."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(1)
    path = folder / f"labels-{labels}"
    (path / "made").mkdir(parents=True)
    words = path / "made" / "vocab.txt"
    words.write_text("\n".join(WORDS), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=0.5,  # so that scores are far apart
    )
    BertForSequenceClassification(config).save_pretrained(path)
    BertTokenizerFast(str(words), model_max_length=64).save_pretrained(path)
    return path


# transformers and torch deprecate things among themselves.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
class TestCrossEncoder:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        pytest.importorskip("sentence_transformers", reason="the extra is not installed")
        return tmp_path_factory.mktemp("reranker")

    @pytest.fixture(scope="class")
    def reranker(self, folder: Path) -> Reranker:
        reranker = create_reranker(f"cross_encoder:{write_model(folder, labels=1)}")
        assert reranker is not None
        return reranker

    def test_scores_each_text(self, reranker: Reranker) -> None:
        texts = ["the boat", "the lamp burns", "船", "the boat"]
        scores = reranker.rerank("the night", texts)
        assert scores.shape == (4,)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()
        assert scores[0] == pytest.approx(scores[3], abs=1e-5)
        assert len({round(float(score), 6) for score in scores}) == 3
        alone = [float(reranker.rerank("the night", [text])[0]) for text in texts]
        assert scores.tolist() == pytest.approx(alone, abs=1e-5)

    def test_reads_the_query(self, reranker: Reranker) -> None:
        one, other = (reranker.rerank(query, ["the boat"])[0] for query in ("night", "灯"))
        assert one != other

    def test_every_string_is_a_text(self, reranker: Reranker) -> None:
        texts = ["", "\x00", "\ud800", "🙂", "the boat " * 2_000]
        assert np.isfinite(reranker.rerank("", texts)).all()
        assert reranker.rerank("the lamp", []).shape == (0,)

    def test_threads_at_once(self, reranker: Reranker) -> None:
        expected = reranker.rerank("the lamp", ["the boat", "灯"]).tolist()
        with ThreadPoolExecutor(4) as pool:
            calls = [pool.submit(reranker.rerank, "the lamp", ["the boat", "灯"]) for _ in range(8)]
            for call in calls:
                assert call.result(30).tolist() == pytest.approx(expected, abs=1e-5)

    def test_a_classifier_of_several_kinds_is_refused(self, folder: Path) -> None:
        path = write_model(folder, labels=3)
        with pytest.raises(RerankerUnavailableError, match="has 3 outputs"):
            create_reranker(f"cross_encoder:{path}")

    def test_a_folder_without_a_model(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(RerankerUnavailableError, match="cannot be loaded"):
            create_reranker(f"cross_encoder:{tmp_path}")


def test_none_by_default() -> None:
    assert create_reranker("") is None


@pytest.mark.parametrize("name", ["cross_encoder", "cross_encoder:", "colbert:x", "best"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(UnknownRerankerError, match="cross_encoder:<name or path>"):
        create_reranker(name)


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(RerankerUnavailableError, match="offbook\\[sentence-transformers\\]"):
        create_reranker("cross_encoder:some/model")
