"""Who is addressed, who follows whom, and who speaks next."""

from collections import Counter
from collections.abc import Hashable, Sequence

import pytest

from characters.stage.addressing import find_addressed
from characters.stage.commands import Names
from characters.stage.next_speaker import SceneState, choose_next
from characters.stage.transitions import Transitions

NAMES: Names = {
    "bev": ["Bev"],
    "kit": ["Kit"],
    "ambrose": ["Ambrose", "Mr Pettifer"],
    "ying": ["阿英"],
}


@pytest.mark.parametrize(
    ("text", "by", "asks"),
    [
        ("Kit, where is it?", {"kit": "called"}, True),
        ("Where is it, Mr Pettifer?", {"ambrose": "called"}, True),
        ("I saw Kit and Bev.", {"kit": "named", "bev": "named"}, False),
        ("(to Kit) Come here.", {"kit": "called"}, False),
        ("(looking for Kit) Come here.", {}, False),
        ("阿英，你来了吗", {"ying": "called"}, True),
        ("我看见阿英走了。", {"ying": "named"}, False),
        ("Kitty and Bevan left.", {}, False),
        ("Nobody.", {}, False),
    ],
)
def test_who_is_addressed(text: str, by: dict[str, str], asks: bool) -> None:
    found = find_addressed(text, NAMES)
    assert (found.by, found.asks) == (by, asks)


def test_transitions_back_off_to_what_is_known() -> None:
    counted = Transitions([["a", "b", "a", "b"], ["c", "b", "b", "a"]])
    # Speakers, each one's turns once: a 3, b 3, c 1. After nothing of {a, b}: (3 + 2/2) / (6 + 2).
    assert counted.probabilities([], ["a", "b"]) == {"a": 0.5, "b": 0.5}
    # After b: a twice. Order 0 of {a, c}: a (3+1)/(4+2), c 2/6; order 1: a (2 + 2·2/3)/(2+2).
    after = counted.probabilities(["b"], ["a", "c"])
    assert after == pytest.approx({"a": (2 + 4 / 3) / 4, "c": (2 / 3) / 4})
    assert sum(counted.probabilities(["x", "y"], ["a", "b", "c"]).values()) == pytest.approx(1)
    assert counted.probabilities(["a"], []) == {}
    # The same by other keys; c has none.
    by_number = counted.asked_by({1: "a", 2: "b"}).probabilities([2], [1, "c"])
    assert by_number == pytest.approx({1: after["a"], "c": after["c"]})


def state(
    *spoken: tuple[Hashable, str], names: Sequence[str] = ("bev", "kit", "ambrose")
) -> SceneState:
    return SceneState(names={who: NAMES[who] for who in names}, spoken=spoken, fit={})


def test_the_one_who_is_asked_by_name_speaks_next_and_that_is_why() -> None:
    choice = choose_next(state(("bev", "Kit, is it yours?")), Transitions([]))
    assert (choice.who, choice.why) == ("kit", "asked")
    assert sum(choice.probabilities.values()) == pytest.approx(1)
    assert "bev" not in choice.probabilities


def test_one_who_is_alone_speaks_again() -> None:
    choice = choose_next(state(("bev", "Well."), names=["bev"]), Transitions([]))
    assert (choice.who, choice.why) == ("bev", "alone")


def test_a_call_waits_for_its_answer() -> None:
    said = state(("bev", "Kit, is it yours?"), ("ambrose", "Good heavens."))
    assert choose_next(said, Transitions([])).who == "kit"


def test_who_did_not_hear_it_is_not_called_by_it() -> None:
    """Kit whispers to the user about Bev, who cannot take it for a question to her."""
    spoken = [(None, "Shall I ask Bev?"), ("kit", "Bev, of all people?")]
    names: Names = {who: NAMES[who] for who in ("bev", "ambrose")}
    aloud = SceneState(names=names, spoken=spoken, fit={})
    whispered = SceneState(names=names, spoken=spoken, fit={}, hearers=[{"kit"}, {"kit"}])
    assert choose_next(aloud, Transitions([])).why == "asked"
    chances = choose_next(whispered, Transitions([])).probabilities
    assert chances["bev"] == chances["ambrose"] == 0.5
    later = [*spoken, ("ambrose", "Good heavens.")]
    unheard = [{"kit"}, {"kit"}, {"kit", "bev", "ambrose"}]
    names = {who: NAMES[who] for who in ("bev", "kit")}
    due = choose_next(SceneState(names=names, spoken=later, fit={}), Transitions([]))
    assert (due.who, due.why) == ("bev", "due")
    heard = SceneState(names=names, spoken=later, fit={}, hearers=unheard)
    assert choose_next(heard, Transitions([])).why != "due"


def test_a_seed_draws_by_probability_and_always_the_same() -> None:
    said = state(("bev", "Well."))
    drawn = [choose_next(said, Transitions([]), seed=str(seed)).who for seed in range(400)]
    assert drawn == [choose_next(said, Transitions([]), seed=str(n)).who for n in range(400)]
    expected = choose_next(said, Transitions([])).probabilities
    counts = Counter(drawn)
    for who, share in expected.items():
        assert counts[who] / 400 == pytest.approx(share, abs=0.1)
