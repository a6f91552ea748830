"""Drafting a profile from a character's own lines: a prompt for an engine, and its answer. Pure.

:func:`gather` finds what the lines and the scenes tell, :class:`ProfileDraft` composes what fits an
engine's budget, and :class:`ProfileTrimmer` keeps the answer short and free of repetitions. What
comes out is a draft: a person reads, changes and accepts it.
"""

from characters.profiles.material import ProfileMaterial, gather
from characters.profiles.prompt import ProfileDraft, ProfilePrompt
from characters.profiles.trimming import ProfileTrimmer

__all__ = ["ProfileDraft", "ProfileMaterial", "ProfilePrompt", "ProfileTrimmer", "gather"]
