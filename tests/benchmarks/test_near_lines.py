"""The threshold tells lines of the samples from other words, as its decision says."""

import asyncio

import pytest

from benchmarks.near_lines import KINDS, SCRIPTS, Kind, compare, share_near
from characters.scenes.matching import NEAR
from retrieval.embedding.bundled import BundledEmbedder

SCENES = 14
"""Enough for every kind of words in both languages."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_near_lines_count_and_others_do_not() -> None:
    found = asyncio.run(compare(BundledEmbedder(), SCENES))
    shares: dict[tuple[str, Kind], float] = {}
    for language in SCRIPTS:
        for kind in KINDS:
            some = [each for each in found if (each.language, each.kind) == (language, kind)]
            near, asked = share_near(some, NEAR)
            assert asked >= 7
            shares[language, kind] = near / asked
    for language in SCRIPTS:
        assert shares[language, "slips"] >= 0.95
        assert shares[language, "near"] >= 0.85
        assert shares[language, "other"] <= 0.03
        assert shares[language, "strays"] <= 0.15
