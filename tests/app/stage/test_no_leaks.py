"""Whatever comes and goes, no text reaches a prompt of a character that did not witness it.

Who witnesses what is kept here as plain sets of marks, apart from the ledger under test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, example, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from app.settings import Settings
from tests.app.running import Json, Running, running
from tests.app.stage.staging import act, last_prompt, make_cast, open_stage

CAST = ("anna", "ben", "clara")
WHO = st.sampled_from(CAST)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), WHO),
        st.tuples(st.just("whisper"), WHO),
        st.tuples(st.just("go on"), WHO),
        st.tuples(st.just("leave"), WHO),
        st.tuples(st.just("enter"), WHO),
        st.tuples(st.just("tell"), WHO),
        st.tuples(st.just("note"), WHO),
        st.tuples(st.just("again"), WHO),
    ),
    min_size=4,
    max_size=14,
)


class Scene:
    """A stage that is played step by step, and the marks that each character may have seen."""

    def __init__(self, stage: Running, conversation: Json) -> None:
        self.stage = stage
        self.conversation = conversation
        self.present = {*CAST}
        self.seen: dict[str, set[str]] = {slug: set() for slug in CAST}
        self.marks: list[str] = []
        self.spoken: list[tuple[str, str]] = []
        """(message, mark) of the lines."""

    def mark(self, *witnesses: str) -> str:
        """A text that occurs once, witnessed by these."""
        mark = f"<{len(self.marks)}>"
        self.marks.append(mark)
        for who in witnesses:
            self.seen[who].add(mark)
        return mark

    async def step(self, what: str, who: str) -> None:
        if what == "leave" and who in self.present and len(self.present) > 1:
            direction = f"Gone {self.mark(*self.present)}."
            await self.act(f"participants/{who}/leave", direction=direction)
            self.present.discard(who)
        elif what == "enter" and who not in self.present:
            self.present.add(who)
            direction = f"Come {self.mark(*self.present)}."
            await self.act("participants", character=who, direction=direction)
        elif what == "note":
            url = f"/api/conversations/{self.conversation['id']}/participants/{who}/note"
            mark = self.mark(who)
            assert (await self.stage.http.put(url, json={"note": mark})).is_success
        elif what == "tell" and self.spoken:
            message, mark = self.spoken[len(self.marks) % len(self.spoken)]
            await self.act(f"messages/{message}/tell", to=[who])
            self.seen[who].add(mark)
        elif who in self.present and what in {"say", "whisper", "go on", "again"}:
            await self.speak(what, who)

    async def speak(self, what: str, who: str) -> None:
        heard = {who} if what == "whisper" else self.present
        said, reply = "", ""
        if what in {"say", "whisper"}:
            said = self.mark(*heard)
        reply = self.mark()
        self.stage.engine.reply = f"So {reply}."
        if what == "go on":
            turn = (await self.act("go-on", speaker=who))["items"][0]
        else:
            body: dict[str, Any] = {"content": f"Hear {said or reply}.", "speaker": who}
            if what == "whisper":
                body["whisper_to"] = [who]
            if what == "again":
                body["content"] = f"Hear {self.mark(*heard)}."
            turn = await self.act("messages", **body)
        self.check(who)
        if what == "again":
            first, reply = reply, self.mark()
            self.stage.engine.reply = f"So {reply}."
            path = f"messages/{turn['reply']['id']}/regenerate"
            turn = await self.act(path)
            self.check(who)  # the reply that another one replaced is on no branch of theirs
            assert first not in last_prompt(self.stage)
        for each in heard:
            self.seen[each].add(reply)
        self.spoken.append((turn["reply"]["id"], reply))
        if said:
            self.spoken.append((turn["message"]["id"], said))

    def check(self, who: str) -> None:
        prompt = last_prompt(self.stage)
        leaked = [mark for mark in self.marks if mark in prompt and mark not in self.seen[who]]
        assert leaked == [], f"{who} knows {leaked}:\n{prompt}"

    async def act(self, path: str, **body: Any) -> Json:
        return await act(self.stage, self.conversation, path, **body)


async def play(stage: Running, steps: list[tuple[str, str]]) -> None:
    scene = Scene(stage, await open_stage(stage))
    for what, who in steps:
        await scene.step(what, who)
    for who in scene.present:
        await scene.step("go on", who)


@contextmanager
def stage_in_thread(settings: Settings) -> Iterator[tuple[BlockingPortal, Running]]:
    """One application for all examples, in an event loop of its own."""
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(running(settings)) as stage,
    ):
        portal.call(make_cast, stage)
        yield portal, stage


def test_no_text_reaches_a_prompt_of_one_who_did_not_witness_it(settings: Settings) -> None:
    with stage_in_thread(settings) as (portal, stage):

        @trying(max_examples=6, deadline=None, suppress_health_check=[*HealthCheck])
        @given(STEPS)
        @example(
            [
                ("note", "ben"),
                ("whisper", "ben"),
                ("leave", "clara"),
                ("say", "anna"),
                ("tell", "clara"),
                ("enter", "clara"),
                ("go on", "clara"),
                ("again", "anna"),
                ("go on", "ben"),
            ]
        )
        def check(steps: list[tuple[str, str]]) -> None:
            portal.call(play, stage, steps)

        check()
