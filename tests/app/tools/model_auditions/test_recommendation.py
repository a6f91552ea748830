"""The rule by which one of the candidates is recommended."""

from app.tools.model_auditions.figures import AuditionFigures, Figures, Heard
from app.tools.model_auditions.recommendation import recommend
from retrieval.evaluation.intervals import Interval

NOTHING = Interval(0.0, 0.0, 0.0)


def heard(name: str, memory: int | None = None, size: int = 100) -> Heard:
    return Heard(
        name=name,
        title=name,
        licence="free",
        size=size,
        memory=memory,
        replies=[],
        scores=[],
        left_out=0,
    )


def figures(more: Interval = NOTHING, less: Interval = NOTHING, speed: float = 1.0) -> Figures:
    return Figures(
        bits_a_byte=NOTHING,
        gain=NOTHING,
        recognised=NOTHING,
        copied_shown=NOTHING,
        copied_own=NOTHING,
        tokens_a_second=Interval(speed, speed, speed),
        more_bits=more,
        less_recognised=less,
    )


def of(**by_name: Figures) -> AuditionFigures:
    return AuditionFigures(questions=9, scenes=3, leader="big", by_name=by_name)


WORSE, ALIKE = Interval(0.2, 0.1, 0.3), Interval(0.2, -0.1, 0.5)
LESS = Interval(-0.2, -0.3, -0.1)
BIG = figures()


def test_a_smaller_one_that_is_shown_to_be_worse_is_not() -> None:
    found = recommend([heard("big", 9), heard("small", 1)], of(big=BIG, small=figures(WORSE)))
    assert (found.name, found.as_good) == ("big", ["big"])


def test_a_smaller_one_that_may_be_as_good_is() -> None:
    found = recommend([heard("big", 9), heard("small", 1)], of(big=BIG, small=figures(ALIKE)))
    assert (found.name, found.as_good) == ("small", ["big", "small"])
    assert "differs from big, and it takes the least memory" in found.why
    assert "big finds the true replies likeliest." in found.why


def test_one_that_is_less_often_taken_for_the_character_is_not() -> None:
    small = figures(ALIKE, LESS)
    found = recommend([heard("big", 9), heard("small", 1)], of(big=BIG, small=small))
    assert found.name == "big"


def test_of_those_with_about_the_same_memory_the_faster_is() -> None:
    candidates = [heard("big", 104), heard("small", 100), heard("slow", 106)]
    given = of(big=figures(speed=3.0), small=figures(ALIKE, speed=2.0), slow=figures(speed=9.0))
    found = recommend(candidates, given)
    # 106 is more than 5 % over the least, however fast.
    assert found.name == "big"
    assert "it is the fastest of the smallest" in found.why


def test_where_memory_is_not_known_the_file_counts() -> None:
    candidates = [heard("big", None, 900), heard("small", None, 100)]
    assert recommend(candidates, of(big=BIG, small=figures(ALIKE))).name == "small"
