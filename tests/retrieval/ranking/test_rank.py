"""Three modes on a tiny store; what they promise on any."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.features import RawSignals, features_of, fusion_signals
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import Mode, rank, window_scores
from retrieval.ranking.shortlist import subset
from retrieval.ranking.weights import load_weights
from retrieval.reply_index.index import Calibration, ReplyStore, ReplyTexts, ReplyVectors
from retrieval.reply_index.similarities import Kernel, neighbourhoods
from tests.retrieval.ranking.stores import query, store

K9 = load_weights("k9")
NEUTRAL = Calibration(np.zeros(4, dtype=np.float32))
EMBEDDER = HashingEmbedder(64)


def test_fused_adds_reciprocal_ranks_of_window_exchange_and_letters() -> None:
    found = rank(store(), query(), "fused", K9, NEUTRAL)
    # Windows: 1 1 3 4. Exchanges: 1 2 3 4. Only "the tide" answers "sea": its letters are first.
    assert found.fusion_ranks["key_cosine"].tolist() == [1, 1, 3, 4]
    assert found.fusion_ranks["pair_cosine"].tolist() == [1, 2, 3, 4]
    letters = found.fusion_ranks["pair_bigrams_last3"].tolist()
    assert letters[2] == 1
    expected = [
        1 / (60 + key) + 1 / (60 + pair) + 1 / (60 + letter)
        for key, pair, letter in zip([1, 1, 3, 4], [1, 2, 3, 4], letters, strict=True)
    ]
    assert found.scores == pytest.approx(expected)


@pytest.mark.parametrize(("said", "share"), [("M:abcd\nuser0:sea wind", 3), ("user0:海风", 1)])
def test_the_selector_weighs_features_takes_habit_off_and_adds_the_fusion(
    said: str, share: int
) -> None:
    known, now = store(), replace(query(), dialogue_text=said)
    habit = np.array([0.2, 0.0, -0.2, 0.0], dtype=np.float32)
    features = features_of(
        known, now, RawSignals(known, now, fusion_signals(known, now)), np.ones(4, dtype=bool)
    )
    own = sum(K9.by_feature[name] * values for name, values in features.items()) - 0.5 * habit
    fused = rank(known, now, "fused", K9, NEUTRAL).scores
    expected = (own - own.mean()) / own.std() + share * (fused - fused.mean()) / fused.std()
    found = rank(known, now, "selector", K9, Calibration(habit))
    assert found.scores == pytest.approx(expected, abs=1e-4)
    alone = rank(
        known,
        now,
        "selector",
        replace(K9, fused_share=0, fused_share_of_words=0),
        Calibration(habit),
    )
    assert alone.scores == pytest.approx((own - own.mean()) / own.std(), abs=1e-4)


def test_a_window_scores_as_its_replies_on_average() -> None:
    scores = np.array([1.0, 3.0, 5.0, 7.0], dtype=np.float32)
    assert window_scores(store(), scores).tolist() == [2.0, 5.0, 7.0]


def test_only_what_may_be_chosen_is_ranked() -> None:
    among = np.array([False, True, True, False])
    for mode in MODES:
        assert sorted(rank(store(), query(), mode, K9, NEUTRAL, among).order) == [1, 2]


MODES: tuple[Mode, ...] = ("fused", "selector")
WORDS = ["tide", "boat", "lamp", "潮水", "渡船", "late", "fog", "回来"]


def build(rows: list[tuple[int, int, int]]) -> ReplyStore:
    """A window and a scene for each row: (line before, reply, speaker)."""
    said = [f"{WORDS[a % 8]} {WORDS[(a // 8) % 8]} {a}" for a, _, _ in rows]
    replies = [f"{WORDS[b % 8]} {WORDS[(b // 8) % 8]}" for _, b, _ in rows]
    keys = [f"user0:{line}" for line in said]
    pairs = [f"user0:{line}\nM:{reply}" for line, reply in zip(said, replies, strict=True)]
    numbers = np.arange(len(rows), dtype=np.int32)
    speakers = ["AB"[who] for _, _, who in rows]
    texts = ReplyTexts(
        keys,
        [[who] for who in speakers],
        pairs,
        replies,
        said,
        list(speakers),
        numbers,
        numbers,
        numbers,
    )
    vectors = ReplyVectors(*map(EMBEDDER.embed_keys, (keys, pairs, replies, said)))
    return ReplyStore.build(texts, vectors)


def ask(text: str, speaker: str = "A") -> RetrievalQuery:
    line = f"user0:{text}"
    (vector, alone) = EMBEDDER.embed_keys([line, text])
    return RetrievalQuery(
        line, line, vector, alone[None], text, None, (), speaker, frozenset({speaker})
    )


rows = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 63), st.integers(0, 1)),
    min_size=2,
    max_size=14,
    unique_by=lambda row: row[0],
)


@pytest.mark.parametrize("mode", MODES)
@settings(deadline=None, max_examples=25)
@given(rows=rows, data=st.data())
def test_the_order_of_the_store_does_not_matter(
    mode: Mode, rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    one, other = build(rows), build([rows[at] for at in order])
    habits = Calibration(np.linspace(-0.1, 0.1, len(rows)).astype(np.float32))
    moved = Calibration(habits.hub_scores[list(order)])
    asked = ask("tide boat")
    scores = rank(one, asked, mode, K9, habits).scores
    again = rank(other, asked, mode, K9, moved).scores
    assert again == pytest.approx(scores[list(order)], abs=2e-3)


def test_a_line_that_comes_back_is_found_first_although_letters_are_missing() -> None:
    rows = [(n, (n * 7) % 64, n % 2) for n in range(60)]
    known = build(rows)
    calibration = calibrate(known, K9)
    # Row 20 is answered to "late lamp 20".
    assert rank(known, ask("lae lmp 20"), "selector", K9, calibration).order[0] == 20


def test_pseudo_queries_tell_what_a_reply_scores_whatever_is_asked() -> None:
    known = build([(n, n, n % 2) for n in range(40)])
    calibration = calibrate(known, K9)
    assert calibration.hub_scores.shape == (40,)
    assert calibration.relevance_spread > 0
    assert np.isfinite(calibration.threshold)
    again = calibrate(known, K9)
    assert np.array_equal(again.hub_scores, calibration.hub_scores)


def test_what_is_far_from_everything_is_not_relevant() -> None:
    known = build([(n, n, 0) for n in range(40)])
    calibration = calibrate(known, K9)
    near = rank(known, ask("tide boat 9"), "selector", K9, calibration)
    far = rank(known, ask("qqq zzz xxx jjj"), "selector", K9, calibration)
    assert near.relevant.all()
    # The character's voice stays: the best, though nothing is near.
    assert 20 <= far.relevant.sum() < near.relevant.sum()
    assert far.relevant[far.order[:20]].all()


def test_no_dialogue_of_the_script_itself_is_off_topic() -> None:
    rows = [(n * n, n, 0) for n in range(30)]
    known = build(rows)
    calibration = calibrate(known, K9)
    for scene, (line, _, _) in enumerate(rows):
        asked = ask(f"{WORDS[line % 8]} {WORDS[(line // 8) % 8]} {line}")
        others = known.scenes != scene
        assert rank(known, asked, "selector", K9, calibration, others).relevant[others].all()


def test_nothing_ranks_nothing() -> None:
    nothing = build([])
    for mode in MODES:
        assert rank(nothing, ask("tide"), mode, K9, calibrate(nothing, K9)).order.tolist() == []


def test_one_scene_has_nothing_to_be_measured_with() -> None:
    known = build([(1, 1, 0)])
    assert calibrate(known, K9).hub_scores.tolist() == [0.0]
    found = rank(known, ask("anything"), "selector", K9, calibrate(known, K9))
    assert (found.order.tolist(), found.relevant.tolist()) == ([0], [True])


@pytest.mark.parametrize("mode", MODES)
@settings(deadline=None, max_examples=25)
@given(rows=rows, data=st.data())
def test_a_shortlist_of_all_ranks_as_no_shortlist(
    mode: Mode, rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    known = build(rows)
    among = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    habits = Calibration(np.linspace(-0.1, 0.1, len(rows)).astype(np.float32))
    asked = ask("tide boat")
    full = rank(known, asked, mode, K9, habits, among)
    listed = rank(known, asked, mode, K9, habits, among, listed=len(rows))
    assert listed.scores[among] == pytest.approx(full.scores[among], abs=2e-3)
    assert sorted(listed.order) == sorted(full.order)
    assert full.scores[listed.order] == pytest.approx(full.scores[full.order], abs=2e-3)
    assert listed.relevant.tolist() == full.relevant.tolist()


def test_kernels_of_a_shortlist_leave_out_the_same_neighbours() -> None:
    """Six replies of one scene and three of another; every second one is listed."""
    scenes = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1], dtype=np.int32)
    factors = np.arange(1, 19, dtype=np.float32).reshape(2, 9)
    listed = np.array([0, 2, 4, 6, 8])
    whole = Kernel.build(factors, scenes)
    known = replace(build([(n, n, 0) for n in range(9)]), scenes=scenes)
    kernels = replace(
        known.kernels, chrf=whole, f1=whole, cosine=whole, same_scene=neighbourhoods(scenes)
    )
    part = subset(replace(known, kernels=kernels), listed)
    weights = np.array([[0.5], [1], [2], [3], [4]], dtype=np.float32)
    spread = np.zeros((9, 1), dtype=np.float32)
    spread[listed] = weights
    expected = whole.means(spread, kernels.same_scene)[listed]
    assert part.kernels.chrf.means(weights, part.kernels.same_scene) == pytest.approx(expected)


def test_a_short_list_has_the_best_of_the_fusion_and_the_answer() -> None:
    known = build([(n, (n * 7) % 64, n % 2) for n in range(60)])
    calibration = calibrate(known, K9)
    fused = rank(known, ask("lae lmp 20"), "fused", K9, calibration)
    found = rank(known, ask("lae lmp 20"), "selector", K9, calibration, listed=12)
    assert found.order[0] == 20  # the line that comes back
    listed = {*fused.order[:12].tolist(), 20}
    least = fused.scores[fused.order[11]]  # others may share the last place
    assert {*found.order.tolist()} <= listed | {*np.flatnonzero(fused.scores == least).tolist()}
    assert len(found.order) in {12, 13}
    assert np.isfinite(found.scores).all()
