"""The weights' file."""

import json
from pathlib import Path

import pytest

from retrieval.errors import UnknownWeightsError
from retrieval.ranking.weights import DEFAULT, FEATURES, load_weights, parse_weights


def test_k9_weighs_twenty_features() -> None:
    weights = load_weights("k9")
    assert (weights.name, weights.hub_share) == ("k9", 0.5)
    assert sum(weight != 0 for weight in weights.by_feature.values()) == 20
    assert (weights.fused_share, weights.fused_share_of_words) == (1.0, 3.0)
    assert weights.by_feature["chrf_kernel"] == 0.0395
    assert weights.by_feature["length_gap"] == -0.0208


def test_k10_is_the_fusion_and_the_length_of_the_reply() -> None:
    weights = load_weights("k10")
    assert weights.by_feature == dict.fromkeys(FEATURES, 0) | {"reply_length": 1}
    assert (weights.hub_share, weights.fused_share, weights.fused_share_of_words) == (0, 1, 1)
    assert DEFAULT == weights.name == "k10"


def test_a_file_of_the_first_version_does_not_weigh_lengths() -> None:
    content = json.loads(load_weights("k9").dump())
    del content["weights"]["reply_length"]
    assert parse_weights(json.dumps({**content, "version": 1}), "mine.json") == load_weights("k9")


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    weights = load_weights("k9")
    (tmp_path / "mine.json").write_text(weights.dump(), encoding="utf-8")
    assert load_weights(str(tmp_path / "mine.json")) == weights


def test_in_an_older_file_words_count_as_characters_do() -> None:
    content = json.loads(load_weights("k9").dump())
    del content["fused_share_of_words"]
    weights = parse_weights(json.dumps({**content, "fused_share": 0.7}), "mine.json")
    assert (weights.fused_share, weights.fused_share_of_words) == (0.7, 0.7)


def changed(**changes: object) -> str:
    return json.dumps({**json.loads(load_weights("k9").dump()), **changes})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not a selector's file"),
        ("[]", "not a selector's file"),
        ('{"version": 1}', "not a selector's file"),
        (changed(version=3), "version 3; this Offbook reads 1 to 2"),
        (changed(version=0), "version 0"),
        (changed(version="1"), "not a selector's file"),
        (changed(weights=dict.fromkeys(set(FEATURES) - {"reply_length"}, 0.1)), "reply_length"),
        (changed(weights={}), "key_cosine"),
        (changed(weights=dict.fromkeys([*FEATURES, "charm"], 0.1)), "charm"),
        (changed(weights=dict.fromkeys(FEATURES, float("nan"))), "no finite number"),
        (changed(hub_share="half"), "not a selector's file"),
    ],
)
def test_another_file_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnknownWeightsError, match=why):
        parse_weights(text, "mine.json")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownWeightsError, match="no selector 'k11'"):
        load_weights("k11")
