"""How a character's replies are sampled."""

from app.engines.port import Limits, Sampling
from app.turns.sampling import is_small, sampling_of
from tests.app.turns.prompts import character

LARGE = Limits("large", 4_096, "completion", Sampling(temperature=0.7, top_k=20))
SMALL = Limits("small", 1_000, "chat", Sampling(max_tokens=300), max_examples=2)


def test_the_request_overrides_the_character_and_that_the_model() -> None:
    ben = character(sampling={"temperature": 0.9, "seed": 7, "max_tokens": 100})
    sampling = sampling_of(LARGE, ben, {"temperature": 0.1, "dry_multiplier": 0.8})
    assert (sampling.temperature, sampling.seed, sampling.top_k) == (0.1, 7, 20)
    assert sampling.max_tokens == 100
    assert sampling.extra == {"dry_multiplier": 0.8}
    assert sampling_of(LARGE, ben, None).temperature == 0.9


def test_a_reply_gets_at_most_half_the_context() -> None:
    greedy = character(sampling={"max_tokens": 9_999})
    assert sampling_of(LARGE, greedy, None).max_tokens == 2_048
    assert sampling_of(LARGE, greedy, {"max_tokens": 2_047}).max_tokens == 2_047


def test_a_small_model_is_kept_from_reciting_the_profile() -> None:
    keeper = character(profile="姓名：本\n职业：守灯人\n职业：渔夫\nage: forty")
    sampling = sampling_of(SMALL, keeper, {"logit_bias": [["海", 1]]})
    assert sampling.extra["logit_bias"] == [["海", 1], ["姓名", -8], ["职业", -8]]
    assert sampling.max_tokens == 300


def test_a_large_model_is_not_biased() -> None:
    keeper = character(profile="职业：守灯人")
    assert sampling_of(LARGE, keeper, None).extra == {}


def test_only_a_chat_model_with_few_examples_is_small() -> None:
    assert is_small(SMALL)
    assert not is_small(LARGE)
    assert not is_small(Limits("many", 1_000, "chat"))
    assert not is_small(Limits("base", 1_000, "completion", max_examples=2))
