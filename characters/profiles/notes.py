"""Filter notes in a profile that belong to a point in time of the script."""

import re

_NOTE = re.compile(
    r"\s*[\[【]\s*(?:from scene\s*(?P<en>\d{1,7})|第\s*(?P<zh>\d{1,7})\s*场起)\s*[\]】]"
    r"\s*(?P<text>.*)",
    re.IGNORECASE,
)


def known_profile(profile: str, until_scene: int | None) -> str:
    """Return the profile as the character knows it after ``until_scene`` scenes; None: after all.

    A line that begins with ``[from scene 12]`` or ``【第12场起】`` is known once twelve scenes have
    passed; the mark itself is never shown. Other lines are known from the beginning.
    """
    if "[" not in profile and "【" not in profile:
        return profile
    return "\n".join(
        match["text"] if (match := _NOTE.fullmatch(line)) else line
        for line in profile.split("\n")
        if _is_known(line, until_scene)
    )


def _is_known(line: str, until_scene: int | None) -> bool:
    match = _NOTE.fullmatch(line)
    if match is None or until_scene is None:
        return True
    return int(match["en"] or match["zh"]) <= until_scene
