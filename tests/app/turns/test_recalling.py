"""Memory by itself: which exchanges it searches, finds and keeps."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from app.conversations.history import BranchLine, Exchange, exchanges_of
from app.cpu_gate import CpuGate
from app.db.ids import new_id
from app.db.models import Conversation
from app.db.session import Database
from app.observability import Metrics
from app.search.passage_embedding import PassageEmbedder
from app.search.query_embedding import QueryEmbedder
from app.settings import EmbedderSettings, Settings
from app.turns.memory import ConversationPast, Memory, RecallResult
from characters.prompting import Persona
from retrieval.embedding.hashing import HashingEmbedder
from tests.app.conversations.stored import (
    opened,
    store_chain,
    store_character,
    store_conversation,
)
from tests.app.turns.prompts import persona

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

SAID = [
    ("My sister keeps bees behind the chapel.", "Bees."),
    ("On Thursday the ferry sails for Ostend.", "So it does."),
    ("Peanuts make me sneeze terribly.", "Bless you."),
    ("The bell tower lost seven slates.", "Seven."),
    ("Twelve geese crossed our frozen pond.", "Twelve?"),
    ("Doctor Quill prescribed cherry syrup.", "Sweet."),
    ("Somebody painted the bakery purple.", "Who?"),
]
FERRY = "When does the ferry for Ostend sail on Thursday?"


class Stage:
    """A database, a memory on it, and one conversation of Mara with Ben."""

    def __init__(self, database: Database) -> None:
        self.database = database
        embedder = HashingEmbedder(256)
        self.queries = QueryEmbedder(embedder, EmbedderSettings())
        gate = CpuGate(shared_processor=False)
        self.passages = PassageEmbedder(database, embedder, Metrics(), gate, 1)
        self.memory = Memory(database, self.queries, self.passages, embedder.model_id)
        self.conversation = Conversation()

    async def begin(self) -> None:
        self.ben = await store_character(self.database)
        id = await store_conversation(self.database, self.ben)
        self.conversation = Conversation(
            id=id, owner="mara", user_name="Mara", character_id=self.ben, remembers_others=False
        )

    def past(
        self, *asked: str, pairs: Sequence[tuple[str, str]] = SAID, at: int | None = None
    ) -> ConversationPast:
        """All that was said, then what is asked."""
        lines = []
        for said, reply in pairs:
            lines.append(BranchLine("user", said, new_id(), at))
            lines.append(BranchLine("character", reply, new_id(), at))
        lines += [BranchLine("user", text, new_id(), at) for text in asked]
        return ConversationPast(self.conversation, lines)

    async def kept(self, past: ConversationPast) -> None:
        self.memory.keep(self.exchanges(past), self.conversation.id)
        await self.memory.settled()

    def exchanges(self, past: ConversationPast) -> list[Exchange]:
        return exchanges_of(past.lines, self.conversation.id, "Mara")

    async def recall(
        self, past: ConversationPast, dropped: int = 14, who: Persona | None = None
    ) -> RecallResult:
        return await self.memory.recall(past, who or persona(), dropped)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with opened(settings) as database:
        made = Stage(database)
        await made.begin()
        yield made
        await made.memory.aclose()
        made.queries.close()
        await made.passages.aclose()


async def test_unknown_exchanges_are_named_the_newest_first(stage: Stage) -> None:
    past = stage.past(FERRY)
    recall = await stage.recall(past, dropped=6)
    assert recall.found == []
    # The three that fell out, newest first; then the next to leave the prompt, oldest first.
    expected = [*SAID[:3][::-1], *SAID[3:]]
    assert [(each.line, each.reply) for each in recall.unknown] == expected


async def test_the_relevant_one_comes_back_with_both_sides(stage: Stage) -> None:
    past = stage.past(FERRY)
    await stage.kept(past)
    recall = await stage.recall(past)
    assert recall.unknown == []
    [found] = recall.found
    assert (found.number, found.conversation) == (1, "")
    assert found.lines == [f"Mara: {SAID[1][0]}", "Ben: So it does."]
    assert found.lore.text == (
        f'Ben remembers that Mara once said: "{SAID[1][0]}", and Ben answered: "So it does."'
    )
    embedder = HashingEmbedder(256)
    [query, key] = embedder.embed_keys([FERRY, "\n".join(SAID[1])])
    assert found.score == pytest.approx(float(query @ key), abs=1e-5)


async def test_a_chinese_character_remembers_in_chinese(stage: Stage) -> None:
    past = stage.past(FERRY)
    await stage.kept(past)
    [found] = (await stage.recall(past, who=persona("zh"))).found
    assert found.lines == [f"Mara：{SAID[1][0]}", "Ben：So it does."]


async def test_what_the_prompt_shows_is_not_recalled(stage: Stage) -> None:
    past = stage.past(FERRY)
    await stage.kept(past)
    assert (await stage.recall(past, dropped=2)).found == []
    assert len((await stage.recall(past, dropped=4)).found) == 1
    assert await stage.recall(past, dropped=0) == RecallResult()


async def test_nothing_of_a_later_point_in_time(stage: Stage) -> None:
    past = stage.past(FERRY, at=3)
    await stage.kept(past)
    for now, count in ((2, 0), (3, 1), (None, 1)):
        stage.conversation.until_scene = now
        assert len((await stage.recall(past)).found) == count


async def test_no_relevant_one_among_strangers(stage: Stage) -> None:
    past = stage.past("Shall we dance?")
    await stage.kept(past)
    assert (await stage.recall(past)).found == []


async def test_at_most_sixteen_are_embedded_after_a_turn(stage: Stage) -> None:
    many = [(f"Thing {number} of many.", "Well.") for number in range(40)]
    recall = await stage.recall(stage.past(FERRY, pairs=many), dropped=80)
    assert [each.line for each in recall.unknown] == [
        f"Thing {number} of many." for number in range(39, 23, -1)
    ]


async def other(stage: Stage, title: str, *said: str, **fields: object) -> UUID:
    id = await store_conversation(stage.database, stage.ben, title=title, **fields)
    await store_chain(stage.database, id, *said)
    return id


async def test_other_conversations_come_back_by_their_title(stage: Stage) -> None:
    told = [text for said, reply in SAID for text in (f">{said}", reply)]
    await other(stage, "Winter", *told)
    await other(stage, "A stranger's", *told, owner="timo")
    stage.conversation.remembers_others = True
    past = stage.past(FERRY, pairs=[])
    recall = await stage.recall(past, dropped=0)
    assert [each.line for each in recall.unknown] == [said for said, _ in SAID[::-1]]
    stage.memory.keep(recall.unknown, stage.conversation.id)
    await stage.memory.settled()
    [found] = (await stage.recall(past, dropped=0)).found
    assert (found.conversation, found.number) == ("Winter", 1)
    stage.conversation.remembers_others = False
    assert await stage.recall(past, dropped=0) == RecallResult()


async def test_one_turn_at_a_time_keeps_for_a_conversation(stage: Stage) -> None:
    first, second = stage.past(pairs=SAID[:1]), stage.past(pairs=SAID[1:2])
    stage.memory.keep(stage.exchanges(first), stage.conversation.id)
    stage.memory.keep(stage.exchanges(second), stage.conversation.id)
    stage.memory.keep([], new_id())
    await stage.memory.settled()
    unknown = (await stage.recall(stage.past(FERRY, pairs=SAID[:2]), dropped=4)).unknown
    assert [each.line for each in unknown] == [SAID[1][0]]
    await stage.kept(second)
    assert (await stage.recall(stage.past(FERRY, pairs=SAID[:2]), dropped=4)).unknown == []


async def test_a_conversation_that_is_gone_keeps_nothing(stage: Stage) -> None:
    gone = exchanges_of(stage.past(FERRY).lines, new_id(), "Mara")
    stage.memory.keep(gone, new_id())
    await asyncio.wait_for(stage.memory.settled(), 10)
    await stage.kept(stage.past(FERRY))
    assert len((await stage.recall(stage.past(FERRY))).found) == 1
