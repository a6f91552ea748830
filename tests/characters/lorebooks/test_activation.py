import time
from typing import Any

import pytest

from characters.lorebooks.model import Placement
from tests.characters.lorebooks.books import entered, entry, run


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("lamp", "the Lamp is out", True),
        ("lamp", "lamplight", True),
        ("灯", "灯还亮着", True),
        ("C++", "we write C++ here", True),
        ("lamp", "dark", False),
        ("", "anything", False),
        ("/l.mp/", "a limp", True),
        ("/L.MP/", "a limp", False),
        ("/L.MP/i", "a limp", True),
        ("/^b$/m", "a\nb\nc", True),
        ("/^b$/", "a\nb\nc", False),
        ("/a.b/s", "a\nb", True),
        ("/灯.亮/u", "灯还亮着", True),
        ("/l[mp/", "/l[mp/", False),
        ("/lamp/x", "lamp /lamp/x", True),
        ("/lamp/x", "lamp", False),
        ("/", "a/b", True),
        ("(lamp", "a (lamp)", True),
    ],
)
def test_keys(key: str, text: str, found: bool) -> None:
    assert entered([entry("E", key)], text) == ["E"] * found


def test_by_v3_a_key_that_is_said_to_be_no_pattern_is_none() -> None:
    assert entered([entry("E", "/a/", use_regex=False)], "a") == []
    assert entered([entry("E", "/a/", use_regex=False)], "b /a/ b") == ["E"]


def test_by_v3_a_pattern_entry_has_neither_secondary_keys_nor_constant() -> None:
    more = {"selective": True, "secondary_keys": ["b"], "constant": True, "use_regex": True}
    assert entered([entry("E", "/a/", **more)], "a") == ["E"]
    assert entered([entry("E", "/a/", **more)], "x") == []
    silly = {**more, "extensions": {"selectiveLogic": 0}}
    assert entered([entry("E", "/a/", **silly)], "x") == ["E"]


def test_case_and_whole_words_count_where_asked() -> None:
    assert entered([entry("E", "Lamp", case_sensitive=True)], "a lamp") == []
    words = {"extensions": {"match_whole_words": True}}
    assert entered([entry("E", "lamp", **words)], "lamplight, lamps") == []
    assert entered([entry("E", "lamp", **words)], "lamplight. The lamp!") == ["E"]
    assert entered([entry("E", "灯", **words)], "那灯亮着") == ["E"]


def test_a_disabled_or_empty_entry_never_enters() -> None:
    assert entered([entry("E", "a", enabled=False), entry(" ", "a")], "a") == []


def test_a_constant_entry_needs_no_key() -> None:
    (active,) = run([entry("E", constant=True)]).entries
    assert (active.reason, active.key) == ("constant", "")


@pytest.mark.parametrize(
    ("logic", "one", "both", "none"),
    [
        (0, True, True, False),
        (1, True, False, True),
        (2, False, False, True),
        (3, False, True, False),
    ],
)
def test_selective_entries(logic: int, one: bool, both: bool, none: bool) -> None:
    selective = entry(
        "E", "k", selective=True, secondary_keys=["x", "y"], extensions={"selectiveLogic": logic}
    )
    texts = {"k x": one, "k x y": both, "k": none, "x y": False}
    assert {text: entered([selective], text) == ["E"] for text in texts} == texts


def test_secondary_keys_count_only_if_selective() -> None:
    assert entered([entry("E", "k", secondary_keys=["x"])], "k") == ["E"]


def test_the_scan_depth_is_the_entrys_or_the_books_or_four() -> None:
    talk = ("key", "1", "2", "3", "4")
    assert entered([entry("E", "key")], *talk) == []
    assert entered([entry("E", "key")], *talk[:4]) == ["E"]
    assert entered([entry("E", "key")], *talk, scan_depth=5) == ["E"]
    assert entered([entry("E", "key", extensions={"scan_depth": 5})], *talk) == ["E"]
    assert entered([entry("@@scan_depth 1\nE", "key")], *talk[:2]) == []


def test_the_order_of_the_prompt_is_the_insertion_order() -> None:
    book = [entry(name, "k", insertion_order=n) for name, n in (("c", 3), ("a", -1), ("b", 2.5))]
    assert entered(book, "k") == ["a", "b", "c"]


def test_the_budget_drops_the_least_important_first() -> None:
    book = [
        entry("one two", "k", insertion_order=1, priority=9),
        entry("three four", "k", insertion_order=2, priority=1),
        entry("five", "k", insertion_order=3, priority=5),
    ]
    activation = run(book, "k", budget=3)
    assert [a.entry.content for a in activation.entries] == ["one two", "five"]
    assert [(a.entry.content, a.tokens) for a in activation.dropped] == [("three four", 2)]
    assert entered(book, "k", token_budget=2) == ["one two"]
    assert entered(book, "k", token_budget=0) == ["one two", "three four", "five"]


def test_without_priorities_the_latest_of_the_prompt_stay() -> None:
    book = [entry("early", "k", insertion_order=1), entry("late", "k", insertion_order=2)]
    assert entered(book, "k", budget=1) == ["late"]
    book[1]["content"] = "@@ignore_on_max_context\nlate"
    assert entered(book, "k", budget=1) == ["early"]


def test_entries_activate_each_other_where_the_book_says_so() -> None:
    book = [
        entry("mentions oil", "lamp"),
        entry("of fish", "oil", selective=True, secondary_keys=["lamp"]),
        entry("no further", "fish", extensions={"exclude_recursion": True}),
    ]
    assert entered(book, "a lamp") == ["mentions oil"]
    assert entered(book, "a lamp", recursive_scanning=True) == ["mentions oil", "of fish"]
    book[0]["extensions"] = {"prevent_recursion": True}
    assert entered(book, "a lamp", recursive_scanning=True) == ["mentions oil"]


@pytest.mark.parametrize(
    ("fields", "content", "placement"),
    [
        ({}, "E", Placement("before_char")),
        ({"position": "after_char"}, "E", Placement("after_char")),
        ({}, "@@position after_desc\nE", Placement("after_char")),
        ({}, "@@position scenario\nE", Placement("scenario")),
        ({}, "@@depth 0\n@@role assistant\nE", Placement("depth", 0, "assistant")),
        ({"extensions": {"position": 4, "role": 1}}, "E", Placement("depth", 4, "user")),
        ({"extensions": {"position": 4, "depth": 0}}, "E", Placement("depth", 0, "system")),
        ({"extensions": {"position": 1, "role": None}}, "E", Placement("before_char")),
    ],
)
def test_where_an_entry_goes(fields: dict[str, Any], content: str, placement: Placement) -> None:
    (active,) = run([entry(content, "k", **fields)], "k").entries
    assert (active.entry.content, active.entry.placement) == ("E", placement)


@pytest.mark.parametrize(
    ("content", "messages", "found"),
    [
        ("@@activate\nE", ["x"], True),
        ("@@activate\n@@dont_activate\nE", ["x"], True),
        ("@@dont_activate\nE", ["k"], False),
        ("@@activate_only_after 2\nE", ["k", "k"], False),
        ("@@activate_only_after 2\nE", ["k", "k", "k"], True),
        ("@@activate_only_every 2\nE", ["k", "k", "k"], False),
        ("@@activate_only_every 2\nE", ["k", "k"], True),
        ("@@additional_keys x, y\nE", ["k"], False),
        ("@@additional_keys x, y\nE", ["k y"], True),
        ("@@exclude_keys x, y\nE", ["k y"], False),
        ("@@exclude_keys x, y\nE", ["k"], True),
        ("@@keep_activate_after_match\nE", ["k", "1", "2", "3", "4", "5"], True),
        ("@@keep_activate_after_match\nE", ["1", "2", "3", "4", "5"], False),
        ("@@dont_activate_after_match\nE", ["1", "k"], True),
        ("@@dont_activate_after_match\nE", ["k", "1"], False),
        ("@@is_greeting 0\nE", ["k"], True),
        ("@@is_greeting 1\nE", ["k"], False),
        ("@@probability 0\nE", ["k"], False),
        ("@@match_full_word\nE", ["kk"], False),
        ("@@who_knows 1\n@@@dont_activate\nE", ["k"], False),
        ("@@who_knows 1\n@@@nor_this\n@@@nor_that\n@@@dont_activate\nE", ["k"], False),
        ("@@role user\n@@@dont_activate\nE", ["k"], True),
        ("@@who_knows\nE", ["k"], True),
    ],
)
def test_decorators(content: str, messages: list[str], found: bool) -> None:
    assert entered([entry(content, "k")], *messages) == ["E"] * found


def test_chance_is_fair_and_repeatable() -> None:
    book = [entry("E", "k", extensions={"probability": 30, "useProbability": True})]
    results = [bool(entered(book, "k", seed=str(n))) for n in range(400)]
    assert 80 < sum(results) < 160
    assert results == [bool(entered(book, "k", seed=str(n))) for n in range(400)]
    book[0]["extensions"]["useProbability"] = False
    assert entered(book, "k") == ["E"]


@pytest.mark.parametrize(
    "key",
    [
        "/(a+)+$/",
        "/(a|a)*b/",
        "/(?:(?:a?){1000}){1000}/",
        "/" + "(?:" * 150 + "a" + "){9}" * 150 + "/",
        "/" + "(" * 100_000 + "/",
        "/(.*)(.*)(.*)(.*)x/",
    ],
)
def test_no_pattern_takes_long(key: str) -> None:
    started = time.perf_counter()
    entered([entry("E", key)], "a" * 50_000)
    assert time.perf_counter() - started < 1


def test_a_book_that_would_be_searched_for_long_is_searched_for_a_while() -> None:
    book = [entry("@@dont_activate_after_match\nE", "no", *["no"] * 50) for _ in range(200)]
    started = time.perf_counter()
    entered([entry("first", "a"), *book], *["a" * 20_000] * 120)
    assert time.perf_counter() - started < 3
