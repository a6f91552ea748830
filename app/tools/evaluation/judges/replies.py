"""Define the replies that a judge reads."""

from dataclasses import dataclass

from characters.language import Language, clip, detect_language, reading_length

_MOST_PROFILE = 1_500
_MOST_CONTEXT = 1_500
_MOST_REPLY = 600
"""Reading lengths; of a context its end is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """Hold what a reply answers: a character and the dialogue before."""

    id: str
    scene: int
    """Scenes are resampled, and unique among all compared characters."""
    name: str
    profile: str
    context: str
    """A row ``Name: line`` for each line."""
    truth: str = ""
    """What was really said, where it is known."""

    @property
    def language(self) -> Language:
        """The language of the prompts."""
        return detect_language([self.name, self.profile, self.context])


def shown_profile(question: JudgedQuestion) -> str:
    """Return the profile, cut at its end where it is very long."""
    return clip(question.profile, _MOST_PROFILE) or "–"


def shown_context(question: JudgedQuestion) -> str:
    """Return the newest rows of the dialogue."""
    rows: list[str] = []
    left: float = _MOST_CONTEXT
    for row in reversed(question.context.splitlines()):
        shown = clip(row, _MOST_REPLY)
        left -= reading_length(shown)
        if rows and left < 0:
            break
        rows.append(shown)
    return "\n".join(reversed(rows))


def shown_reply(reply: str) -> str:
    """Return a reply as one line, cut at its end where it is very long."""
    return clip(reply, _MOST_REPLY) or "–"
