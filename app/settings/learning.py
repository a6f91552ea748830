"""Set what may be learnt from how people use the service."""

from typing import Literal

from pydantic import BaseModel

SignalRule = Literal["off", "ask", "on"]


class LearningSettings(BaseModel):
    """Set what is kept of what people say about replies; see ``docs/learning.md``."""

    signals: SignalRule = "ask"
    """``off``: replies cannot be rated, and nothing is kept. ``ask``: ratings, choices and edits
    are kept of those who agreed when they were asked. ``on``: of all who did not say no; only
    for operators whose people agreed to it elsewhere."""
