"""One entry of a book: its fields, SillyTavern's extensions, and decorators, which disagree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.json_values import JsonObject, JsonValue
from characters.lorebooks.decorators import split_decorators, strip_decorators, values
from characters.lorebooks.entries import read_entry
from characters.lorebooks.keys import is_written_as_pattern
from characters.lorebooks.model import Entry, Placement, SecondaryLogic, Timing
from characters.lorebooks.reader import is_lorebook, read_book
from characters.lorebooks.world_info import book_of, is_world_file


def read(content: str = "E", /, **extensions: JsonValue) -> Entry:
    return read_entry({"keys": ["k"], "content": content, "extensions": extensions})


def test_nothing_is_an_entry_that_never_enters() -> None:
    assert read_entry({}) == Entry(keys=(), content="")


@pytest.mark.parametrize("wrong", [None, True, 7, 1.5, [], {}, [None, {}]])
def test_wrong_types_get_their_defaults(wrong: JsonValue) -> None:
    fields = ("keys", "content", "name", "comment", "extensions", "secondary_keys")
    assert read_entry(dict.fromkeys(fields, wrong)) == Entry(keys=(), content="")
    flags: JsonObject = dict.fromkeys(("constant", "selective", "case_sensitive"), "yes")
    assert read_entry(flags) == Entry(keys=(), content="")


@pytest.mark.parametrize(
    ("written", "order"),
    [(3, 3), (-2.5, -2.5), ("7", 7), (True, 0), (None, 0), ("x", 0), ("nan", 0), ("1e999", 0)],
)
def test_an_order_is_a_number_however_it_is_written(written: JsonValue, order: float) -> None:
    assert read_entry({"insertion_order": written}).order == order
    priority = read_entry({"priority": written}).priority
    assert priority == (order if order else None)


def test_an_order_too_long_for_a_float_is_none() -> None:
    assert read_entry({"insertion_order": 10**400}).order == 0


def test_one_key_need_not_be_a_list_and_empty_ones_are_left_out() -> None:
    assert read_entry({"keys": "lamp"}).keys == ("lamp",)
    assert read_entry({"keys": ["", "灯", 7, "lamp"]}).keys == ("灯", "lamp")


class TestPrecedence:
    def test_of_the_scan_depth(self) -> None:
        assert read("E").scan_depth is None
        assert read("E", scan_depth=3).scan_depth == 3
        assert read("@@scan_depth 2\nE", scan_depth=3).scan_depth == 2
        assert read("@@scan_depth many\nE", scan_depth=3).scan_depth == 3
        assert read("@@scan_depth -1\nE", scan_depth=0).scan_depth == 0

    def test_of_the_probability(self) -> None:
        assert read("E", probability=30).probability == 0.3
        assert read("E", probability=30, useProbability=False).probability == 1
        assert read("@@probability 50\nE", probability=30).probability == 0.5
        assert read("@@probability 50\nE", useProbability=False).probability == 0.5
        assert read("E", probability="x").probability == 1

    def test_of_whole_words(self) -> None:
        assert read("E", match_whole_words=True).whole_words
        assert not read("@@match_partial_word\nE", match_whole_words=True).whole_words
        assert read("@@match_full_word\nE", match_whole_words=False).whole_words
        assert not read("E", match_whole_words="true").whole_words

    def test_of_case(self) -> None:
        source: JsonObject = {"case_sensitive": True, "extensions": {"case_sensitive": False}}
        assert not read_entry(source).case_sensitive
        source["extensions"] = {"case_sensitive": None}
        assert read_entry(source).case_sensitive

    def test_of_the_place(self) -> None:
        source: JsonObject = {"position": "after_char", "extensions": {"position": 4, "depth": 2}}
        assert read_entry(source).placement == Placement("depth", 2)
        source["content"] = "@@position personality\nE"
        assert read_entry(source).placement == Placement("personality")
        source["content"] = "@@position personality\n@@depth 0\nE"
        assert read_entry(source).placement == Placement("depth", 0)
        source["content"] = "@@position nowhere\n@@depth deep\nE"
        assert read_entry(source).placement == Placement("depth", 2)

    def test_of_the_role(self) -> None:
        assert read("E", position=4, role=2).placement.role == "assistant"
        assert read("@@role user\nE", position=4, role=2).placement.role == "user"
        assert read("@@role nobody\nE", position=4, role=7).placement.role == "system"

    def test_of_secondary_keys(self) -> None:
        source: JsonObject = {
            "secondary_keys": ["x"],
            "selective": True,
            "extensions": {"selectiveLogic": 3},
        }
        entry = read_entry(source)
        assert (entry.secondary_keys, entry.secondary_logic) == (("x",), SecondaryLogic.ALL)
        source["content"] = "@@additional_keys y, z\nE"
        entry = read_entry(source)
        assert (entry.secondary_keys, entry.secondary_logic) == (("y", "z"), SecondaryLogic.ANY)


@pytest.mark.parametrize(
    ("content", "extensions", "timing"),
    [
        ("E", {"delay": 3}, Timing(from_message=3)),
        ("E", {"delay": -3}, Timing()),
        ("@@activate_only_after 0\nE", {"delay": 3}, Timing(from_message=1)),
        ("@@activate_only_every 0\nE", {}, Timing()),
        ("@@activate_only_every 0.5\nE", {}, Timing()),
        ("@@activate_only_every 3\n@@is_greeting 1\nE", {}, Timing(only_every=3, greeting=1)),
        ("@@keep_activate_after_match\nE", {}, Timing(sticky=True)),
        ("@@dont_activate_after_match\nE", {}, Timing(once=True)),
    ],
)
def test_when_an_entry_may_enter(content: str, extensions: JsonObject, timing: Timing) -> None:
    assert read(content, **extensions).timing == timing


class TestDecorators:
    @pytest.mark.parametrize(
        ("content", "found", "rest"),
        [
            ("@@depth 1\n@@role user\nE", {"depth": "1", "role": "user"}, "E"),
            ("  @@depth\t 1  \nE", {"depth": "1"}, "E"),
            ("@@depth 1\n@@depth 2\nE", {"depth": "1"}, "E"),
            ("@@depth 1\n@@@role user\nE", {"depth": "1"}, "E"),
            ("@@new\n@@@depth 2\n@@@role user\nE", {"depth": "2"}, "E"),
            ("E\n@@depth 1", {}, "E\n@@depth 1"),
            ("\n@@depth 1\nE", {}, "\n@@depth 1\nE"),
            ("@@ depth\nE", {}, "@@ depth\nE"),
            ("@depth 1\nE", {}, "@depth 1\nE"),
            ("@@depth 1", {"depth": "1"}, ""),
            ("", {}, ""),
            ("@@depth 1\r\nE\r\n", {"depth": "1"}, "E\r\n"),
        ],
    )
    def test_they_stand_at_the_head(self, content: str, found: JsonObject, rest: str) -> None:
        assert split_decorators(content, {"depth", "role"}) == (found, rest)

    @given(st.lists(st.sampled_from(["@@depth 1", "@@@x", "E", "", " @@y z", "灯"]), max_size=6))
    def test_without_them_a_text_begins_with_none(self, lines: list[str]) -> None:
        stripped = strip_decorators("\n".join(lines))
        assert not stripped.lstrip(" ").startswith("@@")
        assert strip_decorators(stripped) == stripped
        assert "\n".join(lines).endswith(stripped)

    def test_values_are_parted_by_commas(self) -> None:
        assert values(" a, b c ,,灯 ") == ("a", "b c", "灯")
        assert values(" , ") == ()


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("/a/", True),
        ("/a/gi", True),
        ("/a/b/", True),
        ("/灯/u", True),
        ("/a/x", False),
        ("//", False),
        ("/", False),
        ("a/b/", False),
        ("/a", False),
        ("", False),
    ],
)
def test_what_is_written_as_a_pattern(key: str, pattern: bool) -> None:
    assert is_written_as_pattern(key) is pattern


@pytest.mark.parametrize(
    ("written", "count"),
    [(4, 4), (2.9, 2), (0, None), (-1, None), (0.5, None), (True, None), ("4", None), (None, None)],
)
def test_the_numbers_of_a_book_begin_at_one(written: JsonValue, count: int | None) -> None:
    book = read_book({"entries": [], "scan_depth": written, "token_budget": written})
    assert (book.scan_depth, book.token_budget) == (count, count)


@pytest.mark.parametrize(
    ("document", "is_one"),
    [
        ({"spec": "lorebook_v3"}, True),
        ({"entries": {"0": {"key": [], "content": ""}}}, True),
        ({"entries": [{"keys": [], "content": ""}]}, True),
        ({"entries": [{"keys": []}]}, False),
        ({"entries": [{"content": ""}]}, False),
        ({"entries": [1]}, False),
        ({"entries": "x"}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_book_is_known_by_its_entries(document: JsonValue, is_one: bool) -> None:
    assert is_lorebook(document) is is_one


def test_a_world_file_says_the_same_in_other_words() -> None:
    world: JsonObject = {
        "name": "Harbour",
        "originalData": {"entries": []},
        "entries": {
            "0": {
                "uid": 5,
                "key": ["lamp"],
                "keysecondary": ["oil"],
                "content": "Lit.",
                "order": 9,
                "position": 4,
                "depth": 2,
                "role": 1,
                "disable": True,
                "caseSensitive": None,
                "new": 1,
            },
            "1": "no entry",
        },
    }
    assert is_world_file(world)
    assert book_of(world) == {
        "extensions": {},
        "name": "Harbour",
        "entries": [
            {
                "id": 5,
                "keys": ["lamp"],
                "secondary_keys": ["oil"],
                "content": "Lit.",
                "insertion_order": 9,
                "enabled": False,
                "position": "after_char",
                "extensions": {
                    "position": 4,
                    "depth": 2,
                    "role": 1,
                    "case_sensitive": None,
                    "new": 1,
                },
            }
        ],
    }
