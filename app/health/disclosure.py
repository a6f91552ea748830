"""What of the service's health is shown to callers who may not administer it."""

from app.health.schemas import Check, Readiness


def without_details(readiness: Readiness) -> Readiness:
    """Return the same verdict and the same fields, with nothing in them beside the verdict.

    Every check says what the whole does, so that none gives away what is wrong.
    """
    shown: dict[str, object] = {}
    for name in Readiness.model_fields:
        if isinstance(getattr(readiness, name), Check):
            shown[name] = Check(ok=readiness.ready, detail="")
    return Readiness.model_validate({"ready": readiness.ready, **shown})
