"""Decide which addresses are pages of this service."""

import re

from app.text import has_control_characters

_LONGEST = 500
_OWN = re.compile(r"/(?![/\\])[^\\]*")
"""A path. ``//host`` and ``/\\host`` name other sites, and browsers read a backslash as a slash."""


def own_page(path: str) -> str:
    """Return ``path`` where it is an address of this service, else the first page's."""
    is_own = len(path) <= _LONGEST and _OWN.fullmatch(path) and not has_control_characters(path)
    return path if is_own else "/"
