"""What every embedder must do. Subclass, and give the fixture ``embedder``."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.embedding.port import Embedder, Vectors

TEXTS = [
    "三三：只要咱们用心把生意做好，很快就能赚回来的。",
    "user0：你好\n三三：你好呀",
    "The ship leaves at dawn; bring the map.",
    "",
    " \n\t",
    "……",
    "😀👩‍👩‍👧‍👦🇨🇳",
    "a",
    "é e\u0301 ﬁ ～！",
    "\x01\x7f\ufffe",
]
LONG = "今天直播间里来了好多新朋友。" * 720  # 10,080 characters


def assert_unit(vectors: Vectors, dimension: int) -> None:
    assert vectors.dtype == np.float32
    assert vectors.shape[-1] == dimension
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1.0, atol=1e-5)


class EmbedderContract:
    def test_names_its_vector_space(self, embedder: Embedder) -> None:
        assert embedder.model_id
        assert embedder.dimension > 0

    def test_keys_are_unit_vectors_in_order(self, embedder: Embedder) -> None:
        vectors = embedder.embed_keys(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert_unit(vectors, embedder.dimension)
        backwards = embedder.embed_keys(TEXTS[::-1])[::-1]
        np.testing.assert_allclose(backwards, vectors, atol=1e-5)

    def test_no_keys_give_no_rows(self, embedder: Embedder) -> None:
        vectors = embedder.embed_keys([])
        assert vectors.shape == (0, embedder.dimension)
        assert vectors.dtype == np.float32

    def test_any_sequence_will_do(self, embedder: Embedder) -> None:
        assert embedder.embed_keys(tuple(TEXTS[:2])).shape == (2, embedder.dimension)

    def test_queries_are_unit_vectors_in_order(self, embedder: Embedder) -> None:
        vectors = embedder.embed_queries(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert_unit(vectors, embedder.dimension)
        single = np.stack([embedder.embed_queries([text])[0] for text in TEXTS])
        np.testing.assert_allclose(single, vectors, atol=1e-5)
        assert embedder.embed_queries([]).shape == (0, embedder.dimension)

    def test_single_equals_batched(self, embedder: Embedder) -> None:
        batched = embedder.embed_keys(TEXTS)
        single = np.stack([embedder.embed_keys([text])[0] for text in TEXTS])
        np.testing.assert_allclose(single, batched, atol=1e-5)

    def test_a_query_finds_itself(self, embedder: Embedder) -> None:
        keys = embedder.embed_keys(TEXTS[:3])
        for place, text in enumerate(TEXTS[:3]):
            cosines = keys @ embedder.embed_queries([text])[0]
            assert cosines.argmax() == place
            assert cosines[place] == pytest.approx(1.0, abs=1e-4)

    def test_nul_does_not_cut_the_text_short(self, embedder: Embedder) -> None:
        whole, cut = embedder.embed_queries(["你好\x00再见，明天在码头等我", "你好"])
        assert_unit(whole, embedder.dimension)
        assert float(whole @ cut) < 0.999
        assert_unit(embedder.embed_keys(["\x00", "\x00\x00a", "a\x00"]), embedder.dimension)

    def test_lone_surrogates_are_text_too(self, embedder: Embedder) -> None:
        assert_unit(
            embedder.embed_keys(["\ud800", "你好\udc00呀", "\ude00\ud83d"]), embedder.dimension
        )

    def test_characters_that_normalise_to_many(self, embedder: Embedder) -> None:
        """U+FDFA is 18 characters under NFKC: more than an engine may have reserved."""
        assert_unit(embedder.embed_keys(["\ufdfa" * 40, "\u3300\ufb2c" * 20]), embedder.dimension)

    def test_threads_do_not_disturb_each_other(self, embedder: Embedder) -> None:
        expected = embedder.embed_keys(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            batches = pool.map(lambda _: embedder.embed_keys(TEXTS), range(3))
            singles = pool.map(lambda text: embedder.embed_keys([text])[0], TEXTS * 2)
            for batch in batches:
                np.testing.assert_allclose(batch, expected, atol=1e-5)
            np.testing.assert_allclose(
                np.stack(list(singles)), np.tile(expected, (2, 1)), atol=1e-5
            )


class LongTextContract:
    """Apart, because a real model takes seconds for it."""

    def test_ten_thousand_characters(self, embedder: Embedder) -> None:
        assert_unit(embedder.embed_queries([LONG]), embedder.dimension)
