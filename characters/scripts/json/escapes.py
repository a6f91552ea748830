"""Replace unpaired surrogates in JSON: its grammar allows them, but no text can hold them."""

import re

_ESCAPE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def repair_escapes(source: str) -> str:
    r"""Return JSON source with each unpaired surrogate (``\ud83d``) replaced by ``\ufffd``.

    RFC 8259, section 8.2, leaves their meaning to programs; Python makes a string that cannot be
    encoded.
    """
    if "\\u" not in source:
        return source
    return _ESCAPE.sub(lambda match: r"\ufffd" if match["half"] else match[0], source)
