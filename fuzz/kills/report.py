"""Report a run at its end."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from fuzz.kills.facts import Fault
from fuzz.kills.ledger import Ledger
from fuzz.kills.stage import Tally

_SHOWN_FAULTS = 5
"""Faults shown of each kind; the event log has all."""


def summarize(tally: Tally, ledger: Ledger, minutes: float) -> str:
    """Return the run in numbers."""
    kills = ", ".join(f"{name} {count}" for name, count in tally.kills.most_common())
    lost = [loss for loss in tally.losses if loss > 0]
    rows = [
        f"{tally.kills.total()} kills in {minutes:.1f} minutes: {kills}",
        f"{ledger.acknowledged:,} changes acknowledged; {tally.verified:,} comparisons with the"
        f" database and {tally.compared:,} with the API agreed",
        f"requests without an answer: {tally.happened} carried out, {tally.undone} not",
        f"{len(tally.losses)} replies cut off, {len(tally.losses) - len(lost)} without any loss;"
        f" worst loss {max(tally.losses, default=0):.1f} s",
        f"{ledger.went_on} conversations went on after it",
        f"{tally.backups} backups restored and compared",
    ]
    if ledger.refusals:
        codes = ", ".join(f"{code} {count}" for code, count in ledger.refusals.most_common())
        rows.append(f"refused: {codes}")
    return "\n".join(rows)


def explain(faults: list[Fault]) -> Iterator[str]:
    """Yield the faults by kind, the first few of each."""
    by_kind: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_kind[fault.kind].append(fault)
    counts = Counter({kind: len(found) for kind, found in by_kind.items()})
    for kind, count in counts.most_common():
        yield f"\n{count} × {kind}"
        for fault in by_kind[kind][:_SHOWN_FAULTS]:
            yield f"  {fault.text}"
        if count > _SHOWN_FAULTS:
            yield f"  … and {count - _SHOWN_FAULTS} more"
