"""Describe how a character's replies come about."""

from typing import Literal

from pydantic import BaseModel


class TurnSettings(BaseModel):
    """Set what happens to a reply between the engine and its reader."""

    screen_replies: Literal["auto", "on", "off"] = "auto"
    """Whether a reply's first sentence waits until it is known to be the character's, and is drawn
    again, twice at most, where an assistant speaks in it. ``auto``: for the models that the
    catalogue marks, its small stand-ins."""
