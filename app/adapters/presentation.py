"""Present stored auditions of adapters."""

from app.adapters.schemas import AdapterAuditionOut, AdapterAuditionStatus, AdapterResult
from app.db.models import AdapterAudition


def present_audition(found: AdapterAudition | None) -> AdapterAuditionOut:
    """Return an audition; None for an adapter that had none for the character."""
    if found is None:
        return AdapterAuditionOut(
            status="never",
            progress=None,
            error_code=None,
            error=None,
            against=None,
            finished_at=None,
            result=None,
        )
    status = _status(found)
    share = min(1.0, found.done / found.total) if found.total else 0.0
    return AdapterAuditionOut(
        status=status,
        progress=round(share, 3) if status == "running" else None,
        error_code=found.error_code,
        error=found.error,
        against=found.against,
        finished_at=found.finished_at,
        result=AdapterResult.model_validate(found.result) if found.result else None,
    )


def _status(found: AdapterAudition) -> AdapterAuditionStatus:
    if found.waiting:
        return "running"
    if found.lease_until is not None:
        return "running" if (found.lease_left or 0) > 0 else "interrupted"
    if found.error_code is not None:
        return "failed"
    return "done" if found.result else "never"
