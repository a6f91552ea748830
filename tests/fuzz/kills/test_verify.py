"""The verifier finds every kind of planted loss, and nothing where nothing is wrong."""

from collections.abc import Mapping

import pytest

from fuzz.kills.events import EventLog
from fuzz.kills.facts import ConversationFact, Fact, Key, MessageFact, ScriptFact
from fuzz.kills.ledger import Ledger, Operation, Stream
from fuzz.kills.snapshot import Snapshot
from fuzz.kills.verify import Verdict, verify

SCRIPT: Key = ("script", "One")
TALK: Key = ("conversation", "Ada")
SAID: Key = ("said", "Hello")
REPLY: Key = ("reply", "r1")
FACTS: dict[Key, Fact] = {
    SCRIPT: ScriptFact(3, "abc"),
    TALK: ConversationFact("Ben", "Hello"),
    SAID: MessageFact("Ada", "Hello"),
    REPLY: MessageFact("Ada", "Good evening."),
}
IDS: dict[Key, str] = {SCRIPT: "s1", TALK: "c1", SAID: "m1", REPLY: "r1"}
KILLED = 100.0
"""The moment of the kill; five seconds before it is 95."""


def made_up(
    facts: Mapping[Key, Fact | None] = FACTS,
    operation: Operation | None = None,
    stream: Stream | None = None,
) -> Ledger:
    ledger = Ledger(EventLog(), dict(facts), dict(IDS), {"m1": None, "r1": "m1"})
    ledger.open += [operation] if operation else []
    ledger.streams += [stream] if stream else []
    return ledger


def stored(facts: Mapping[Key, Fact] = FACTS, **replies: str) -> Snapshot:
    """The facts, and replies to the message ``m1`` by id."""
    more: dict[Key, Fact] = {
        ("reply", id): MessageFact("Ada", text) for id, text in replies.items()
    }
    parents: dict[str, str | None] = {"m1": None, "r1": "m1", **dict.fromkeys(replies, "m1")}
    return Snapshot({**facts, **more}, dict(IDS), parents)


def kinds(verdict: Verdict) -> list[str]:
    return [fault.kind for fault in verdict.faults]


def without(key: Key) -> dict[Key, Fact]:
    return {each: fact for each, fact in FACTS.items() if each != key}


def test_what_is_as_it_was_acknowledged_has_no_faults() -> None:
    verdict = verify(made_up(), stored(), KILLED)
    assert (kinds(verdict), verdict.verified, verdict.losses) == ([], 4, [])


@pytest.mark.parametrize("key", FACTS)
def test_a_missing_item_is_lost(key: Key) -> None:
    ledger = made_up()
    verdict = verify(ledger, stored(without(key)), KILLED)
    assert kinds(verdict) == ["lost"]
    assert "/".join(key) in str(verdict.faults[0])
    assert [fault.kind for fault in ledger.faults] == ["lost"]


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        (SCRIPT, ScriptFact(3, "abd")),
        (SCRIPT, ScriptFact(2, "abc")),
        (TALK, ConversationFact("Ben", "Hello", deleted=True)),
        (REPLY, MessageFact("Ada", "Good evening")),
        (REPLY, MessageFact("Eve", "Good evening.")),
    ],
)
def test_other_content_is_a_change(key: Key, fact: Fact) -> None:
    assert kinds(verify(made_up(), stored({**FACTS, key: fact}), KILLED)) == ["changed"]


def test_a_message_that_hangs_elsewhere_is_a_change() -> None:
    snapshot = stored()
    snapshot.parents["r1"] = None
    assert kinds(verify(made_up(), snapshot, KILLED)) == ["changed"]


def test_a_message_that_is_stored_twice_is_doubled() -> None:
    twice = {**FACTS, SAID: MessageFact("Ada", "Hello", copies=2)}
    assert kinds(verify(made_up(), stored(twice), KILLED)) == ["doubled"]


def test_what_was_deleted_has_to_stay_away() -> None:
    assert kinds(verify(made_up({**FACTS, SCRIPT: None}), stored(), KILLED)) == ["came back"]


def test_what_nobody_asked_for_is_out_of_nowhere() -> None:
    assert kinds(verify(made_up(without(SCRIPT)), stored(), KILLED)) == ["out of nowhere"]


def test_a_fault_is_reported_once() -> None:
    ledger, snapshot = made_up(), stored(without(SAID))
    verify(ledger, snapshot, KILLED)
    assert kinds(verify(ledger, snapshot, KILLED)) == []


def test_damage_that_the_database_finds_is_a_fault() -> None:
    snapshot = stored()
    snapshot.damage.append("row 7 missing from index")
    assert kinds(verify(made_up(), snapshot, KILLED)) == ["damaged database"]


NEW: Key = ("said", "And you?")
ASKED: dict[Key, Fact | None] = {
    NEW: MessageFact("Ada", "And you?"),
    TALK: ConversationFact("Ben", "And you?"),
}


@pytest.mark.parametrize(
    ("found", "fault", "happened", "undone"),
    [
        ({}, [], 0, 1),
        (ASKED, [], 1, 0),
        ({NEW: ASKED[NEW]}, ["half done"], 0, 1),
        ({TALK: ASKED[TALK]}, ["half done"], 0, 1),
        ({TALK: ConversationFact("Ben", "An")}, ["torn change"], 0, 1),
    ],
)
def test_a_request_without_an_answer_is_done_or_not(
    found: dict[Key, Fact], fault: list[str], happened: int, undone: int
) -> None:
    ledger = made_up(operation=Operation("send", ASKED))
    verdict = verify(ledger, stored({**FACTS, **found}), KILLED)
    assert (kinds(verdict), verdict.happened, verdict.undone) == (fault, happened, undone)
    assert ledger.open == []
    assert ledger.facts.get(NEW) == found.get(NEW)


@pytest.mark.parametrize(
    ("replies", "fault"),
    [({"g1": "First.", "g2": "Second."}, []), ({"g1": "First."}, ["half done"])],
)
def test_an_import_brings_all_its_replies(replies: dict[str, str], fault: list[str]) -> None:
    new: Key = ("conversation", "Eve")
    fact = ConversationFact("Ben")
    ledger = made_up(operation=Operation("import", {new: fact}, ("First.", "Second.")))
    snapshot = stored({**FACTS, new: fact})
    for id, text in replies.items():
        snapshot.facts["reply", id] = MessageFact("Eve", text)
        snapshot.parents[id] = None
    assert kinds(verify(ledger, snapshot, KILLED)) == fault


def test_replies_whose_ids_no_answer_showed_become_known() -> None:
    ledger = made_up()
    ledger.unseen["Ada"] = ["First."]
    verdict = verify(ledger, stored(g1="First."), KILLED)
    assert (kinds(verdict), ledger.unseen) == ([], {})
    assert ledger.facts["reply", "g1"] == MessageFact("Ada", "First.")
    ledger.unseen["Ada"] = ["Second."]
    assert kinds(verify(ledger, stored(g1="First."), KILLED)) == ["half done"]


def heard(continues: str | None = None, base: str = "") -> Stream:
    """“One two three four” in four pieces: 9, 6, 4 and 1 seconds before the kill."""
    pieces = [(91.0, "One"), (94.0, " two"), (96.0, " three"), (99.0, " four")]
    return Stream("Ada", "m1", "Hello", continues, base, pieces)


@pytest.mark.parametrize(
    ("text", "seconds", "fault"),
    [
        ("One two three four", 0.0, []),
        ("One two three four five", 0.0, []),
        ("One two three", 1.0, []),
        ("One two", 4.0, []),
        ("One tw", 6.0, ["lost reply"]),
        ("One", 6.0, ["lost reply"]),
        (None, 9.0, ["lost reply"]),
        ("One too", 6.0, ["other reply", "lost reply"]),
    ],
)
def test_five_seconds_of_a_reply_may_be_lost(
    text: str | None, seconds: float, fault: list[str]
) -> None:
    snapshot = stored() if text is None else stored(r2=text)
    snapshot.unfinished.add("r2")
    ledger = made_up(stream=heard())
    verdict = verify(ledger, snapshot, KILLED)
    assert kinds(verdict) == fault
    assert [loss.seconds for loss in verdict.losses] == [seconds]
    assert ledger.interrupted == {"Ada": KILLED + 20}


def test_a_reply_of_which_something_is_missing_is_not_complete() -> None:
    assert kinds(verify(made_up(stream=heard()), stored(r2="One two"), KILLED)) == ["cut reply"]


def test_a_reply_is_stored_once() -> None:
    snapshot = stored(r2="One two three four", r3="One two three four")
    assert kinds(verify(made_up(stream=heard()), snapshot, KILLED)) == ["doubled reply"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Good evening.", ["lost reply"]),
        ("Good evening.One two", []),
        ("Good", ["shortened reply", "lost reply"]),
    ],
)
def test_a_reply_that_is_gone_on_with_keeps_what_it_had(text: str, fault: list[str]) -> None:
    stream = heard(continues="r1", base="Good evening.")
    snapshot = stored({**FACTS, REPLY: MessageFact("Ada", text)})
    snapshot.unfinished.add("r1")
    assert kinds(verify(made_up(stream=stream), snapshot, KILLED)) == fault


def test_a_reply_to_a_message_that_is_not_stored_is_nowhere() -> None:
    """What has no predecessor, as a greeting, is no reply to it."""
    snapshot = stored()
    snapshot.facts["reply", "g1"] = MessageFact("Ada", "Mind the step.")
    snapshot.parents["g1"] = None
    ledger = made_up({**FACTS, ("reply", "g1"): MessageFact("Ada", "Mind the step.")})
    ledger.streams.append(Stream("Ada", None, "Never stored"))
    verdict = verify(ledger, snapshot, KILLED)
    assert (kinds(verdict), [loss.seconds for loss in verdict.losses]) == ([], [0.0])
