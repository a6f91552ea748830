"""The open scene of plain text: which rows belong to a speech, and which are rejected."""

from collections.abc import Sequence

import pytest

from characters.scripts.lines import CONTROL_CHARACTER, NO_COLON, Refusal, SpeakerName, reject
from characters.scripts.model import Direction, Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.text.layout import Layout
from characters.scripts.text.speeches import DOUBTFUL, SPEECH_CHARACTERS, OpenScene, build_speech

ANNA = SpeakerName("Anna")


def say(scene: OpenScene, number: int, text: str) -> Sequence[ParseItem]:
    return scene.say(f"Anna: {text}", Line("Anna", text, number, None, ": "))


def go_on(
    scene: OpenScene, number: int, row: str, refusal: Refusal = NO_COLON
) -> Sequence[ParseItem]:
    return scene.continue_speech(number, row, row.strip(), refusal)


def only_scene(items: Sequence[ParseItem]) -> Scene:
    [scene] = items
    assert isinstance(scene, Scene)
    return scene


def texts(items: Sequence[ParseItem]) -> list[str]:
    return [line.text for line in only_scene(items).lines]


def codes(items: Sequence[ParseItem]) -> list[tuple[int, str]]:
    return [(item.row, item.code) for item in items if isinstance(item, Rejection)]


class TestScenes:
    def test_without_a_line_nothing_ends(self) -> None:
        scene = OpenScene(Layout())
        assert [*scene.pause(), *scene.end(), *scene.end()] == []

    def test_a_blank_row_ends_a_scene_once(self) -> None:
        scene = OpenScene(Layout())
        assert say(scene, 3, "one") == ()
        ended = only_scene(scene.pause())
        assert (ended.row, ended.heading, ended.continued) == (3, None, 0)
        assert list(scene.pause()) == []

    def test_in_a_double_spaced_script_two_blank_rows_do(self) -> None:
        scene = OpenScene(Layout(double_spaced=True))
        say(scene, 1, "one")
        assert list(scene.pause()) == []
        say(scene, 3, "two")
        assert list(scene.pause()) == []
        assert texts(scene.pause()) == ["one", "two"]

    def test_a_heading_ends_the_scene_and_names_the_next(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "one")
        ended, heading = scene.begin(2, "The yard")
        assert isinstance(ended, Scene)
        assert (ended.heading, heading) == (None, NonDialogue(2, "heading"))
        say(scene, 3, "two")
        assert only_scene(scene.end()).heading == "The yard"

    def test_the_row_below_a_heading_may_list_who_is_there(self) -> None:
        scene = OpenScene(Layout())
        assert not scene.lists_cast
        scene.begin(1, "The yard")
        assert scene.lists_cast
        assert scene.list_cast(2, "Anna, Bob") == [NonDialogue(2, "cast")]
        say(scene, 3, "one")
        assert not scene.lists_cast
        assert only_scene(scene.end()).directions == (Direction(0, "Anna, Bob"),)

    def test_a_name_that_waits_for_its_speech_takes_no_cast_list(self) -> None:
        scene = OpenScene(Layout())
        scene.begin(1, "The yard")
        scene.name(2, "Anna:", 4, ANNA)
        assert not scene.lists_cast


class TestDirections:
    def test_one_between_two_lines_is_kept_and_one_after_the_last_is_not(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "one")
        assert scene.direct(2, "(a bell)", "(a bell)") == [NonDialogue(2, "narration")]
        say(scene, 3, "two")
        scene.direct(4, "(dark)", "(dark)")
        assert only_scene(scene.end()).directions == (Direction(1, "(a bell)"),)

    def test_none_of_a_scene_stays_for_the_next(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "one")
        scene.direct(2, "(a bell)", "(a bell)")
        scene.begin(3, None)
        say(scene, 4, "two")
        assert only_scene(scene.end()).directions == ()

    def test_below_a_name_alone_it_is_spoken(self) -> None:
        scene = OpenScene(Layout())
        scene.name(1, "Anna:", 4, ANNA)
        go_on(scene, 2, "I see")
        assert scene.direct(3, "(nods)", "(nods)") == ()
        assert texts(scene.end()) == ["I see (nods)"]

    def test_a_doubtful_row_is_rejected_and_kept_as_an_uncertain_one(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "one")
        assert go_on(scene, 2, "She turns.") == [reject(2, "She turns.", DOUBTFUL)]
        say(scene, 3, "two")
        assert only_scene(scene.end()).directions == (Direction(1, "She turns.", certain=False),)

    def test_before_the_first_line_a_row_is_narration(self) -> None:
        scene = OpenScene(Layout())
        assert go_on(scene, 1, "Fog.") == [NonDialogue(1, "narration")]
        say(scene, 2, "one")
        assert only_scene(scene.end()).directions == (Direction(0, "Fog."),)


class TestContinuing:
    def test_a_rejected_row_keeps_its_own_reason(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "one")
        refusal = Refusal("no_speaker", "A pronoun.")
        assert go_on(scene, 2, "He said: no", refusal) == [reject(2, "He said: no", refusal)]

    def test_nothing_goes_on_below_a_doubtful_row(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "I see,")
        found = [*go_on(scene, 2, "Fog."), *go_on(scene, 3, "      a ship")]
        assert codes(found) == [(2, "no_colon"), (3, "no_colon")]
        assert texts(scene.end()) == ["I see,"]

    def test_rows_are_joined_at_a_fixed_width_only_below_a_full_row(self) -> None:
        scene = OpenScene(Layout(wrap_width=20))
        say(scene, 1, "x" * 14)  # twenty columns with “Anna: ”
        assert go_on(scene, 2, "yyy") == ()
        assert codes(go_on(scene, 3, "zzz")) == [(3, "no_colon")]
        ended = only_scene(scene.end())
        assert [line.text for line in ended.lines] == ["x" * 14 + " yyy"]
        assert ended.continued == 1

    def test_a_name_without_words_is_rejected_where_the_next_thing_begins(self) -> None:
        scene = OpenScene(Layout())
        scene.name(1, "Anna:", 4, ANNA)
        assert codes(scene.name(2, "Bob:", 3, SpeakerName("Bob"))) == [(1, "no_text")]
        assert codes(scene.pause()) == [(2, "no_text")]

    @pytest.mark.parametrize(
        ("name", "line"), [("Anna:", "Anna: I see"), ("三三：", "三三：I see")]
    )
    def test_the_colon_of_a_name_alone_stays_the_authors(self, name: str, line: str) -> None:
        scene = OpenScene(Layout())
        scene.name(1, name, len(name) - 1, SpeakerName(name[:-1]))
        go_on(scene, 2, "I see")
        ended = only_scene(scene.end())
        assert [each.render() for each in ended.lines] == [line]
        assert (ended.row, ended.continued) == (1, 1)

    def test_a_nul_below_a_name_rejects_both_rows(self) -> None:
        scene = OpenScene(Layout())
        scene.name(1, "Anna:", 4, ANNA)
        assert codes(go_on(scene, 2, "a\0b")) == [(1, "no_text"), (2, "control_character")]

    def test_a_speech_takes_so_many_characters_and_no_more(self) -> None:
        scene = OpenScene(Layout())
        scene.name(1, "Anna:", 4, ANNA)
        go_on(scene, 2, "first")
        half = "x" * (SPEECH_CHARACTERS // 2)
        assert [*go_on(scene, 3, half), *go_on(scene, 4, half)] == []
        assert codes(go_on(scene, 5, "x")) == [(5, "no_colon")]
        assert texts(scene.end()) == [f"first {half} {half}"]


class TestQuotations:
    def test_everything_in_one_is_spoken_once_it_is_closed(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "“One")
        found = [*go_on(scene, 2, "two"), *scene.direct(3, "(a bell)", "(a bell)")]
        assert [*found, *go_on(scene, 4, "three”")] == []
        ended = only_scene(scene.end())
        assert [line.text for line in ended.lines] == ["One two (a bell) three"]
        assert ended.continued == 3

    def test_what_waited_in_one_that_stays_open_is_rejected(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "“One")
        go_on(scene, 2, "two")
        go_on(scene, 3, "three")
        assert codes(say(scene, 4, "four")) == [(2, "unclosed_quote"), (3, "unclosed_quote")]
        assert texts(scene.end()) == ["“One", "four"]

    def test_a_row_that_cannot_be_used_ends_it(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "“One")
        go_on(scene, 2, "two")
        useless = reject(3, "\0", CONTROL_CHARACTER)
        assert codes(scene.refuse(useless)) == [(2, "unclosed_quote"), (3, "control_character")]

    def test_it_takes_so_many_characters_and_no_more(self) -> None:
        scene = OpenScene(Layout())
        say(scene, 1, "“One")
        assert go_on(scene, 2, "x" * SPEECH_CHARACTERS) == ()
        assert codes(go_on(scene, 3, "y”")) == [(2, "unclosed_quote"), (3, "unclosed_quote")]

    @pytest.mark.parametrize(("naming", "text"), [("quote", "你好"), ("colon", "「你好")])
    def test_the_mark_that_names_a_speaker_is_dropped_even_unclosed(
        self, naming: str, text: str
    ) -> None:
        scene = OpenScene(Layout(naming=naming))  # type: ignore[arg-type]  # one of three
        say(scene, 1, "「你好")
        assert texts(scene.end()) == [text]


@pytest.mark.parametrize(
    ("source", "text", "direction"),
    [
        ("Anna: “Hi.”", "Hi.", None),
        ("Anna: “Hi,” she said, “no.”", "“Hi,” she said, “no.”", None),
        ("Anna: （笑）「好」", "（笑）好", "笑"),
        ("Anna: “”", "“”", None),
    ],
)
def test_marks_around_the_whole_speech_are_punctuation(
    source: str, text: str, direction: str | None
) -> None:
    line = build_speech(7, source, 4, ANNA)
    assert line == Line("Anna", text, 7, direction, ": ")
