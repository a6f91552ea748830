"""Put choices and licences into English sentences, for logs and the terminal."""

from collections.abc import Mapping

from app.engines.choice import Reason
from app.engines.model_entry import LicenceClass

_SENTENCES: Mapping[str, str] = {
    "hub": "A model hub answers, so it can be pulled.",
    "here": "It has been pulled.",
    "operator": "An operator chose it.",
    "cores": "{title} needs {needed:.0f} cores, and this machine has {cores:.0f}.",
    "memory": (
        "{title} needs {needed_gb:.1f} GB of free memory, and this machine has {memory_gb:.1f} GB."
    ),
    "disk": "{title} needs {needed_gb:.1f} GB of free disk, and {disk_gb:.1f} GB are free.",
    "slow": "{title} was tried: it writes {reply:.1f} tokens/s here, which is slower than reading.",
    "slow_predicted": (
        "{title} would write about {reply:.1f} tokens/s here and read {prompt:.0f}, "
        "which is too slow."
    ),
    "failed": "{title} was tried, and did not answer here.",
    "fast": "It writes {reply:.1f} tokens/s here, as fast as people read.",
    "fast_predicted": "{title} should write about {reply:.1f} tokens/s here.",
    "present": "It has been pulled; its speed is measured while this machine is quiet.",
    "unmeasured": "Its speed is measured while this machine is quiet; {title} may follow.",
    "declined": "{title} is not pulled, as an operator decided.",
}

LICENCE_SENTENCES: Mapping[LicenceClass, str] = {
    "free": "Licence: {licence}, for any use.",
    "registration": (
        "Licence: {licence}: free for use that is not commercial; register with its authors "
        "before any commercial use."
    ),
    "gated": "Licence: {licence}: its authors' own terms apply; read and accept them first.",
    "non-commercial": "Licence: {licence}: no commercial use.",
}
"""Sentences shown before a pull and in the model's description."""


def reason_sentence(reason: Reason, title: str) -> str:
    """Return the sentence; ``title`` is that of the model that the reason is about."""
    figures = {**reason.figures}
    gigabytes = {f"{name}_gb": figure / 1e9 for name, figure in figures.items()}
    template = _SENTENCES.get(reason.code, "")
    try:
        return template.format(title=title, **figures, **gigabytes)
    except (KeyError, ValueError):  # stored by another version, with other figures
        return ""
