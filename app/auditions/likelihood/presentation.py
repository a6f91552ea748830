"""Present stored measurements."""

from app.auditions.likelihood.schemas import (
    LikelihoodAuditionOut,
    MeasurementError,
    MeasurementStatus,
    ProofLine,
    ProofLineOut,
    ProofOut,
)
from app.db.models import LikelihoodAudition


def present(found: LikelihoodAudition | None) -> LikelihoodAuditionOut:
    """Return a measurement without its cost; None for a character that was never measured."""
    if found is None:
        return LikelihoodAuditionOut(
            status="never",
            progress=None,
            minutes_left=None,
            error=None,
            cost=None,
            finished_at=None,
            result=None,
        )
    status = _status(found)
    share = min(1.0, found.done / found.total) if found.total else 0.0
    error = None
    if found.error_code is not None:
        error = MeasurementError(code=found.error_code, message=found.error or "")
    return LikelihoodAuditionOut(
        status=status,
        progress=round(share, 3) if status == "running" else None,
        minutes_left=_minutes_left(found) if status == "running" else None,
        error=error,
        cost=None,
        finished_at=found.finished_at,
        result=_result(found),
    )


def present_line(found: LikelihoodAudition | None) -> ProofLineOut:
    """Return the last result in short."""
    result = None if found is None else _result(found)
    if found is None or result is None or found.finished_at is None:
        return ProofLineOut(proof=None)
    return ProofLineOut(
        proof=ProofLine(
            bits_a_reply=result.rag.bits_a_reply,
            is_significant=result.rag.is_significant,
            replies=result.replies,
            finished_at=found.finished_at,
        )
    )


def _result(found: LikelihoodAudition) -> ProofOut | None:
    return ProofOut.model_validate(found.result) if found.result else None


def _minutes_left(found: LikelihoodAudition) -> float | None:
    if found.seconds_a_score is None or not found.done:
        return None
    return round(max(0, found.total - found.done) * found.seconds_a_score / 60, 1)


def _status(found: LikelihoodAudition) -> MeasurementStatus:
    if found.running and (found.lease_left or 0) > 0:
        return "running"
    if found.stopped:
        return "stopped"
    if found.lease_until is not None:
        return "interrupted"
    return "failed" if found.error_code else "done"
