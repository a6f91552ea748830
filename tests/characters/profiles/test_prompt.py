"""What an engine is told of a character, to draft its profile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.profiles import ProfileDraft, ProfileMaterial, gather
from characters.prompting import PromptMessage, PromptTooLongError
from characters.scripts.model import Line, Scene


def scene(*spoken: str) -> Scene:
    """A scene of lines like ``Ben: Hello.``"""
    parts = [line.partition(": ") for line in spoken]
    return Scene(
        [Line(name, text, n, colon=": ") for n, (name, _, text) in enumerate(parts)], row=1
    )


HOME = scene(
    "Anna: Ben has never been late in his life.",
    "Ben: I am the keeper of this lamp, and my father was before me.",
    "Anna: I know.",
    "Ben: Hm.",
    "NARRATOR: Silence.",
    "Ben: Hm.",
    "Clara: Good night.",
)


def texts(content: str | list[PromptMessage]) -> str:
    return content if isinstance(content, str) else "\n".join(m.content for m in content)


def words(text: str) -> int:
    return len(text.split())


def test_material_is_what_it_says_and_what_others_say_of_it() -> None:
    material = gather([HOME], {"Ben"}, {"Ben"})
    assert material.lines == [
        "I am the keeper of this lamp, and my father was before me.",
        "Hm.",
    ]
    assert material.order == [0, 1]
    assert material.mentions == ["Anna: Ben has never been late in his life."]
    assert material.partners == ["Anna", "Clara"]  # a narrator is nobody


def test_lines_come_from_all_over_the_script() -> None:
    scenes = [
        scene(f"Ben: This is sentence number {n} of a very long day at sea.") for n in range(400)
    ]
    first = gather(scenes, {"Ben"}, set()).order[:20]
    assert sorted(n // 20 for n in first) == list(range(20))


@pytest.mark.parametrize("style", ["chat", "completion"])
@pytest.mark.parametrize("small", [True, False])
def test_the_prompt_shows_lines_and_begins_the_answer(style: str, small: bool) -> None:
    material = gather([HOME], {"Ben"}, {"Ben"})
    draft = ProfileDraft("Ben", "en", material, style, small=small)  # type: ignore[arg-type]  # parametrized
    prompt = draft.fit(words, 1_000)
    begun = prompt.begun(prompt.openings[0])
    assert '"Hm."' in texts(begun)
    assert "Anna: Ben has never been late" in texts(begun)
    assert "Anna, Clara" in texts(begun)
    assert texts(begun).endswith(prompt.openings[0])
    assert prompt.lines_shown == 2
    assert prompt.by_sentence == small
    assert isinstance(begun, str) == (style == "completion")
    if not isinstance(begun, str):
        assert (begun[0].role, begun[-1].role) == ("system", "assistant")


def test_chinese_is_asked_in_chinese() -> None:
    material = ProfileMaterial(["我是修钟的。"], [0], [], ["小满"])
    prompt = ProfileDraft("老张", "zh", material, "completion", small=False).fit(len, 2_000)
    assert isinstance(prompt.content, str)
    assert prompt.content.endswith("以下是老张的人设：\n")
    assert "“我是修钟的。”\n老张常和小满说话。" in prompt.content
    assert prompt.openings == ["老张是"]


def test_braces_in_a_script_are_only_text() -> None:
    material = ProfileMaterial(["{name} {0} %s"], [0], ["{x}: {y}"], ["{z}"])
    prompt = ProfileDraft("{w}", "en", material, "chat", small=True).fit(words, 1_000)
    shown = texts(prompt.begun(prompt.openings[-1]))
    for braced in ("{name} {0} %s", "{x}: {y}", "{z}", "{w}"):
        assert braced in shown


@given(
    st.lists(
        st.text(alphabet="ab ", min_size=1, max_size=60), min_size=1, max_size=80, unique=True
    ),
    st.integers(120, 1_500),
    st.sampled_from(["chat", "completion"]),
)
def test_it_fits_the_budget_with_as_many_lines_as_there_is_room_for(
    lines: list[str], budget: int, style: str
) -> None:
    def cost(text: str) -> int:
        return len(text) // 2 + 1

    material = ProfileMaterial(lines, range(len(lines)), [f"x: {line}" for line in lines[:20]], [])
    draft = ProfileDraft("Ben", "en", material, style, small=False)  # type: ignore[arg-type]  # sampled
    assert len(draft.pieces()) >= len(lines[:60])
    try:
        prompt = draft.fit(cost, budget)
    except PromptTooLongError:
        short = ProfileMaterial(["a" * 60], [0], [], [])
        empty = ProfileDraft("Ben", "en", short, style, small=False)  # type: ignore[arg-type]  # sampled
        with pytest.raises(PromptTooLongError):
            empty.fit(cost, budget)
        return
    assert cost(texts(prompt.content)) <= budget
    quoted = [line for line in lines if f'"{line}"\n' in texts(prompt.content)]
    assert 1 <= prompt.lines_shown <= min(60, len(lines))
    assert len(quoted) >= prompt.lines_shown


def test_nothing_fits_a_context_that_is_too_small() -> None:
    with pytest.raises(PromptTooLongError):
        ProfileDraft("Ben", "en", ProfileMaterial(["Hm."], [0], [], []), "chat", small=True).fit(
            words, 20
        )
