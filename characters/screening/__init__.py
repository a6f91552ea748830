"""Screen replies before they are shown: what a model says that the character would not.

Nine offences, most in a module of their own: refusals and other assistants' talk
(``assistant_talk``), talk about a model, a prompt or a role (``meta_talk``), another speaker's turn
(``speakers``), the user's words taken for the character's (``echo``), echoes of the prompt
(``repeats``, ``introductions``), repeats word for word (``repeats``), the wrong language
(``wrong_language``), and no text at all. ``Screen`` judges an opening or a sentence; ``LaterText``
the rest of a reply while it streams; ``verdict_prompt`` lets a model judge an opening itself. False
alarms cost a good line, so a phrase is listed only where a character would hardly say it; what it
might say as well is a suspicion (``suspicions``), for which nothing but a second try is asked.
"""

from characters.screening.avoided_words import avoided_words
from characters.screening.later_text import LaterText
from characters.screening.model import ASSISTANT, Finding, Offence, ScreenedDialogue
from characters.screening.screen import Screen
from characters.screening.sentences import opening_end
from characters.screening.verdict import VERDICT, verdict_prompt

__all__ = [
    "ASSISTANT",
    "VERDICT",
    "Finding",
    "LaterText",
    "Offence",
    "Screen",
    "ScreenedDialogue",
    "avoided_words",
    "opening_end",
    "verdict_prompt",
]
