"""Draft a profile from a character's own lines: compose a prompt and trim the engine's answer.

:func:`gather` collects lines and mentions from the scenes, :class:`ProfileDraft` composes the
prompt within an engine's budget, and :class:`ProfileTrimmer` keeps the answer short and free of
repetitions. The result is a draft: a person reads, changes and accepts it.
"""

from characters.profiles.material import ProfileMaterial, gather
from characters.profiles.prompt import ProfileDraft, ProfilePrompt
from characters.profiles.trimming import ProfileTrimmer

__all__ = ["ProfileDraft", "ProfileMaterial", "ProfilePrompt", "ProfileTrimmer", "gather"]
