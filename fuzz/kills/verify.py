"""Compare a database with the ledger: all acknowledged changes are stored, none partly."""

from dataclasses import dataclass, field

from fuzz.kills.facts import ConversationFact, Fact, Fault, Key, MessageFact
from fuzz.kills.ledger import Ledger, Operation, Stream
from fuzz.kills.snapshot import Snapshot

ALLOWED_LOSS_SECONDS = 5.0
"""Age at a kill from which received text of a reply must be stored."""
_LEASE_SECONDS = 15.0
_LEASE_GRACE_SECONDS = 5.0
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ReplyLoss:
    """Hold the loss of a reply that was streaming at a kill."""

    seconds: float
    """Age of the oldest piece that is not stored; 0 where all are."""


@dataclass(slots=True)
class Verdict:
    """Hold the result of comparing one snapshot with the ledger."""

    faults: list[Fault] = field(default_factory=list)
    losses: list[ReplyLoss] = field(default_factory=list)
    """The loss of each reply that was streaming."""
    verified: int = 0
    """Acknowledged items that agree."""
    happened: int = 0
    """Requests without an answer that were carried out."""
    undone: int = 0
    """Requests without an answer that were not."""


def verify(ledger: Ledger, snapshot: Snapshot, killed_at: float | None) -> Verdict:
    """Compare a snapshot with the ledger, settle open requests, and return the verdict.

    ``killed_at`` is the time of the last kill under load, by the monotonic clock. The ledger takes
    over the stored state where it is wrong, so that each fault counts once.
    """
    verdict = Verdict([Fault("damaged database", each) for each in snapshot.damage])
    explained = _settle_streams(ledger, snapshot, killed_at, verdict)
    _settle_operations(ledger, snapshot, verdict)
    explained |= _find_unseen(ledger, snapshot, verdict)
    _compare(ledger, snapshot, explained, verdict)
    _adopt(ledger, snapshot)
    for fault in verdict.faults:
        ledger.blame(fault.kind, fault.text)
    return verdict


def _settle_streams(
    ledger: Ledger, snapshot: Snapshot, killed_at: float | None, verdict: Verdict
) -> set[Key]:
    """Judge the replies that were streaming, and return the stored replies they explain."""
    explained: set[Key] = set()
    for stream in ledger.streams:
        if killed_at is None:
            verdict.faults.append(
                Fault("open stream", f"{stream.conversation}: {stream.received!r}")
            )
            continue
        ledger.interrupted[stream.conversation] = killed_at + _LEASE_SECONDS + _LEASE_GRACE_SECONDS
        found = _replies_of(stream, ledger, snapshot)
        explained.update(found)
        verdict.losses.append(_judge(stream, found, snapshot, killed_at, verdict))
    ledger.streams.clear()
    return explained


def _replies_of(stream: Stream, ledger: Ledger, snapshot: Snapshot) -> list[Key]:
    """Return the stored replies that may come from a stream."""
    if stream.continues is not None:
        grown: Key = ("reply", stream.continues)
        return [grown] if grown in snapshot.facts else []
    asked = stream.asked or snapshot.ids.get(("said", stream.text))
    if asked is None:
        return []
    unknown = _unknown_replies(ledger, snapshot)
    return [key for key in unknown if snapshot.parents[key[1]] == asked]


def _judge(
    stream: Stream, found: list[Key], snapshot: Snapshot, killed_at: float, verdict: Verdict
) -> ReplyLoss:
    where = f"reply to {stream.text or stream.continues} in {stream.conversation}"
    if len(found) > 1:
        verdict.faults.append(Fault("doubled reply", f"{where}: {len(found)} are stored"))
    stored = _content(snapshot, found[0]) if found else ""
    received = stream.base + stream.received
    if not (stored.startswith(received) or received.startswith(stored)):
        text = f"{where}: received {_cut(received)}, stored {_cut(stored)}"
        verdict.faults.append(Fault("other reply", text))
    if not stored.startswith(stream.base):
        text = f"{where}: of {_cut(stream.base)} only {_cut(stored)} is stored"
        verdict.faults.append(Fault("shortened reply", text))
    partly = len(stream.base) < len(stored) < len(received)
    if found and partly and found[0][1] not in snapshot.unfinished:
        text = f"{where}: it is marked as complete, and {_cut(received[len(stored) :])} is missing"
        verdict.faults.append(Fault("cut reply", text))
    loss = _loss(stream, stored, killed_at)
    required = stream.base + stream.received_before(killed_at - ALLOWED_LOSS_SECONDS)
    if not stored.startswith(required):
        text = f"{where}: {loss.seconds:.1f} s of it, {_cut(required[len(stored) :])}, are lost"
        verdict.faults.append(Fault("lost reply", text))
    return loss


def _loss(stream: Stream, stored: str, killed_at: float) -> ReplyLoss:
    received = stream.base + stream.received
    pairs = enumerate(zip(received, stored, strict=False))
    kept = next((at for at, (one, other) in pairs if one != other), min(len(received), len(stored)))
    reached = len(stream.base)
    for at, piece in stream.pieces:
        reached += len(piece)
        if reached > kept:
            return ReplyLoss(max(0.0, killed_at - at))
    return ReplyLoss(0.0)


def _settle_operations(ledger: Ledger, snapshot: Snapshot, verdict: Verdict) -> None:
    """Settle requests without an answer by the stored state."""
    for operation in ledger.open:
        done = _outcome(operation, ledger, snapshot, verdict)
        if done:
            verdict.happened += 1
            ledger.facts.update(operation.changes)
            ledger.expect(operation)
        else:
            verdict.undone += 1
    ledger.open.clear()


def _outcome(operation: Operation, ledger: Ledger, snapshot: Snapshot, verdict: Verdict) -> bool:
    """Return whether an operation was carried out, and note a fault where only partly."""
    new, old = [], []
    for key, fact in operation.changes.items():
        found, before = snapshot.facts.get(key), ledger.facts.get(key)
        if found == fact != before:
            new.append(key)
        elif found == before != fact:
            old.append(key)
        elif before != fact:
            text = f"{operation.what} {key[1]}: {found} is neither {before} nor {fact}"
            verdict.faults.append(Fault("torn change", text))
            ledger.facts[key] = found
    if new and old:
        text = f"{operation.what}: {_named(new)} changed, {_named(old)} did not"
        verdict.faults.append(Fault("half done", text))
        ledger.facts.update({key: snapshot.facts.get(key) for key in operation.changes})
        return False
    return bool(new)


def _find_unseen(ledger: Ledger, snapshot: Snapshot, verdict: Verdict) -> set[Key]:
    """Check the replies created with their conversations, and return those found."""
    explained: set[Key] = set()
    for name, texts in ledger.unseen.items():
        if texts and ("conversation", name) in snapshot.facts:
            found = {key for key in _unknown_replies(ledger, snapshot) if _in(snapshot, key, name)}
            if sorted(_content(snapshot, key) for key in found) != sorted(texts):
                text = f"{name}: {len(found)} replies for {len(texts)} that came with it"
                verdict.faults.append(Fault("half done", text))
            explained |= found
    ledger.unseen.clear()
    return explained


def _unknown_replies(ledger: Ledger, snapshot: Snapshot) -> list[Key]:
    return [key for key in snapshot.facts if key[0] == "reply" and key not in ledger.facts]


def _in(snapshot: Snapshot, key: Key, conversation: str) -> bool:
    fact = snapshot.facts[key]
    return isinstance(fact, MessageFact) and fact.conversation == conversation


def _compare(ledger: Ledger, snapshot: Snapshot, explained: set[Key], verdict: Verdict) -> None:
    for key, fact in ledger.facts.items():
        if key in explained:
            continue
        found = snapshot.facts.get(key)
        if found == fact and _same_parent(key, ledger, snapshot):
            verdict.verified += 1
        else:
            verdict.faults.append(_difference(key, fact, found))
    for key in snapshot.facts.keys() - ledger.facts.keys() - explained:
        verdict.faults.append(Fault("out of nowhere", f"{key}: {snapshot.facts[key]}"))


def _same_parent(key: Key, ledger: Ledger, snapshot: Snapshot) -> bool:
    id = ledger.ids.get(key)
    if key[0] not in {"said", "reply"} or id not in ledger.parents or id not in snapshot.parents:
        return True
    return ledger.parents[id] == snapshot.parents[id]


def _difference(key: Key, fact: Fact | None, found: Fact | None) -> Fault:
    what = "/".join(key)
    if found is None:
        return Fault("lost", f"{what}: {fact}")
    if fact is None:
        return Fault("came back", f"{what}: {found}")
    if isinstance(found, MessageFact) and found.copies > 1:
        return Fault("doubled", f"{what}: it is stored {found.copies} times")
    return Fault("changed", f"{what}: {found} instead of {fact}")


def _adopt(ledger: Ledger, snapshot: Snapshot) -> None:
    """Take over the stored state into the ledger; deleted keys stay known as deleted."""
    ledger.facts = {**dict.fromkeys(ledger.facts), **snapshot.facts}
    ledger.ids |= snapshot.ids
    ledger.parents |= snapshot.parents
    for name in list(ledger.interrupted):
        fact = ledger.facts.get(("conversation", name))
        if not isinstance(fact, ConversationFact) or fact.deleted:
            del ledger.interrupted[name]


def _content(snapshot: Snapshot, key: Key) -> str:
    fact = snapshot.facts[key]
    assert isinstance(fact, MessageFact)  # noqa: S101 (keys and facts come in pairs)
    return fact.content


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")


def _named(keys: list[Key]) -> str:
    return ", ".join("/".join(key) for key in keys[:3]) + (" …" if len(keys) > 3 else "")
