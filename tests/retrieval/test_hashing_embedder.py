import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Embedder
from tests.retrieval.embedding_contract import EmbedderContract, LongTextContract, assert_unit


class TestHashingEmbedder(EmbedderContract, LongTextContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return HashingEmbedder()


@pytest.mark.parametrize("dimension", [1, 7, 1024])
def test_any_width(dimension: int) -> None:
    embedder = HashingEmbedder(dimension)
    assert_unit(embedder.embed_keys(["你好", "hello world", ""]), dimension)
    assert embedder.model_id == f"hashing:v1:{dimension}"


def test_no_width() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        HashingEmbedder(0)


@given(st.text(max_size=40))
def test_every_text_is_a_unit_vector(text: str) -> None:
    assert_unit(HashingEmbedder(64).embed_queries([text])[0], 64)


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("我们去吃川菜吧", "那家川菜馆真好吃", "直播开始了，观众老爷们"),
        ("Where is the treasure map?", "The map of the treasure is lost", "Good morning, captain"),
    ],
)
def test_similar_texts_are_nearer(query: str, near: str, far: str) -> None:
    embedder = HashingEmbedder()
    vector = embedder.embed_queries([query])[0]
    to_near, to_far = embedder.embed_keys([near, far]) @ vector
    assert to_near > to_far + 0.1


def test_the_same_in_another_process() -> None:
    program = (
        "from retrieval.embedding.hashing import HashingEmbedder as H;"
        "print(H().embed_queries(['三三 hello'])[0].tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    here = HashingEmbedder().embed_queries(["三三 hello"])[0]
    np.testing.assert_array_equal(
        np.frombuffer(bytes.fromhex(done.stdout.strip()), np.float32), here
    )
