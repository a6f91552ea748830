"""Turn names into slugs: parts of URLs."""

import re
import unicodedata

_NOT_IN_A_SLUG = re.compile(r"[^\w]+")
_LONGEST = 60


def slugify(name: str) -> str:
    """Return letters and digits of any script in lower case, with hyphens for all else.

    ``三三`` stays ``三三``, ``Dr. Watson`` becomes ``dr-watson``, and ``../x`` just ``x``: a slug
    is never a path.
    """
    normal = unicodedata.normalize("NFKC", name).lower().replace("_", "-")
    slug = _NOT_IN_A_SLUG.sub("-", normal)[:_LONGEST].strip("-")
    return slug or "character"


def free_slug(name: str, taken: set[str]) -> str:
    """Return the name's slug, numbered from 2 where it is taken."""
    slug = slugify(name)
    if slug not in taken:
        return slug
    return next(s for n in range(2, len(taken) + 3) if (s := f"{slug}-{n}") not in taken)
