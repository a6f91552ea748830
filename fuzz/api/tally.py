"""What was asked, what was answered, and what should not have been."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that the description does not allow, or a failure of the service."""

    operation: str
    problem: str
    reproduction: str
    """A command or the bytes sent."""


@dataclass(slots=True)
class Tally:
    """Counts of one caller."""

    caller: str
    answers: dict[str, Counter[int]] = field(default_factory=dict)
    """By operation, then by status."""
    damaged: int = 0
    """Requests among them that were damaged on the wire, rather than made by Schemathesis."""
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All requests."""
        return sum(counter.total() for counter in self.answers.values())

    @property
    def cases(self) -> int:
        """Those that Schemathesis made."""
        return self.total - self.damaged

    def count(self, operation: str, status: int) -> None:
        """Count an answer."""
        self.answers.setdefault(operation, Counter())[status] += 1

    def report(self, finding: Finding) -> None:
        """Keep the first finding of a kind, and tell it at once: a run may take an hour."""
        kind = finding.operation, finding.problem
        if kind not in self.findings:
            self.findings[kind] = finding
            print(f"FOUND {finding.operation}: {finding.problem}", file=sys.stderr, flush=True)

    def rows(self) -> Iterator[str]:
        """Yield the report, line by line."""
        statuses: Counter[int] = Counter()
        for operation, counter in sorted(self.answers.items()):
            told = "  ".join(f"{status}: {count}" for status, count in sorted(counter.items()))
            yield f"{operation:72} {told}"
            statuses += counter
        told = "  ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
        yield f"{self.caller}: {self.cases:,} cases, {self.damaged:,} damaged requests  ({told})"
        for finding in self.findings.values():
            yield f"\nFOUND {finding.operation}: {finding.problem}\n  {finding.reproduction}"
