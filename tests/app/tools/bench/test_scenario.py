"""What chatters do is drawn once."""

from app.tools.bench.scenario import Scenario, plan

MESSAGES = ["one", "two", "three"]


def test_a_plan_is_the_same_each_time_and_another_for_another_seed() -> None:
    assert plan(Scenario(seed=1), 3, MESSAGES) == plan(Scenario(seed=1), 3, MESSAGES)
    assert plan(Scenario(seed=1), 3, MESSAGES) != plan(Scenario(seed=2), 3, MESSAGES)


def test_few_chatters_have_several_conversations() -> None:
    (alone,) = plan(Scenario(turns=4), 1, MESSAGES)
    assert [len(turns) for turns in alone.conversations] == [4] * 6
    assert [len(each.conversations) for each in plan(Scenario(turns=4), 64, MESSAGES)] == [1] * 64


def test_chatters_arrive_one_after_another() -> None:
    chatters = plan(Scenario(arrival_seconds=6.0), 3, MESSAGES)
    assert [each.turns[0].pause for each in chatters] == [0.0, 2.0, 4.0]
    assert len({each.name for each in chatters}) == 3
