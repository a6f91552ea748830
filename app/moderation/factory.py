"""Make the moderators that the settings name."""

from collections.abc import Callable
from functools import partial

from app.moderation.guard import GuardModerator, GuardOptions, ReadVerdict
from app.moderation.pattern_file import read_pattern_file
from app.moderation.patterns import PatternModerator
from app.moderation.port import Moderator
from app.moderation.scripted import ScriptedModerator
from app.moderation.verdicts import llama_guard_findings, qwen3guard_findings
from app.settings import ModerationSettings


def create_moderators(settings: ModerationSettings) -> list[Moderator]:
    """Return the moderators, the fastest first; none where nothing is to be checked.

    Raises :class:`~app.moderation.pattern_file.PatternFileError`.
    """
    made: list[Moderator] = []
    if settings.patterns is not None:
        made.append(PatternModerator(read_pattern_file(settings.patterns)))
    if settings.guard == "scripted":
        made.append(ScriptedModerator())
    elif settings.guard != "none":
        made.append(_guard(settings))
    return made


def _guard(settings: ModerationSettings) -> GuardModerator:
    presets: dict[str, Callable[[], ReadVerdict | None]] = {
        "moderations": lambda: None,
        "qwen3guard": lambda: partial(qwen3guard_findings, strict=settings.guard_strict),
        "llama_guard": lambda: llama_guard_findings,
    }
    key = settings.guard_key
    options = GuardOptions(
        url=settings.guard_url.strip(),
        model=settings.guard_model,
        key=key.get_secret_value() if key else None,
        timeout=settings.guard_timeout,
        retries=settings.guard_retries,
        read_verdict=presets[settings.guard](),
    )
    return GuardModerator(options, settings.guard)
