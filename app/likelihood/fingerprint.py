"""Identify what scores were measured with, so that only scores of the same kind are reused."""

import json
from hashlib import blake2b

from app.likelihood.run import LikelihoodPlan
from app.search.benchmark.corpus import BenchmarkCharacter


def fingerprint(
    subject: BenchmarkCharacter,
    plan: LikelihoodPlan,
    embedder: str,
    model: str,
    most_questions: int,
) -> str:
    """Return a hash of all that a score depends on beside its context and budget."""
    said = [[line.speaker, line.text] for scene in subject.scenes for line in scene.lines]
    parts = [
        said,
        subject.profile,
        sorted(subject.own),
        subject.query_length,
        plan.weights.dump(),
        plan.retrieval.model_dump(mode="json"),
        plan.prompt.model_dump(mode="json"),
        embedder,
        model,
        most_questions,
    ]
    if subject.language is not None:
        parts.append(subject.language)
    return blake2b(json.dumps(parts, ensure_ascii=False).encode(), digest_size=8).hexdigest()
