"""A reranker has the last word about the best exchanges, but not in ``reference``."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.settings import Settings
from retrieval.reranking.port import Scores
from tests.app.running import as_object, running

pytestmark = pytest.mark.anyio

LIGHTHOUSE = "Is the lighthouse still burning at night?"


class Winter:
    """Likes exchanges about winter best, whatever is asked."""

    model_id = "winter"

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def rerank(self, query: str, texts: Sequence[str]) -> Scores:
        self.asked.append((query, list(texts)))
        return np.array([text.count("winter") for text in texts], dtype=np.float32)


@pytest.fixture
def winter(monkeypatch: pytest.MonkeyPatch) -> Winter:
    made = Winter()

    def create(name: str) -> Winter:
        assert name == "winter"
        return made

    monkeypatch.setattr("app.container.create_reranker", create)
    return made


@pytest.mark.parametrize("mode", ["reference", "fused", "selector"])
async def test_the_best_are_ordered_anew(settings: Settings, mode: str, winter: Winter) -> None:
    retrieval = settings.retrieval.model_copy(update={"mode": mode, "reranker": "winter"})
    async with running(settings.model_copy(update={"retrieval": retrieval})) as stage:
        await stage.make_character()
        found = as_object(
            await stage.http.get("/api/characters/ben/examples", params={"query": LIGHTHOUSE})
        )
    first = "\n".join(found["items"][0]["lines"])
    if mode == "reference":
        assert "lighthouse" in first
        assert not winter.asked
        return
    assert first == (
        "Anna: What will you do when winter comes?\n"
        "Ben: When winter comes I shall mend the nets and wait."
    )
    scores = [item["score"] for item in found["items"]]
    assert scores == sorted(scores, reverse=True)
    [(query, texts)] = winter.asked
    assert LIGHTHOUSE in query
    burns = "Ben: The lighthouse burns every night, I keep the lamp myself."
    assert f"user0: {LIGHTHOUSE}\n{burns}" in texts
