"""Hide the details of the service's health from callers who are not admins."""

from app.health.schemas import Check, Readiness


def without_details(readiness: Readiness) -> Readiness:
    """Return the same verdict and fields without details.

    Every check shows the overall verdict, so that none reveals which part fails.
    """
    shown: dict[str, object] = {}
    for name in Readiness.model_fields:
        if isinstance(getattr(readiness, name), Check):
            shown[name] = Check(ok=readiness.ready, detail="")
    return Readiness.model_validate({"ready": readiness.ready, **shown})
