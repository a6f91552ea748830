"""Say how long something takes."""


def duration(seconds: float) -> str:
    """Return a duration as people say it: ``2 h 5 min``, ``3 min 20 s``."""
    whole = round(seconds)
    if whole >= 3_600:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole} s"
