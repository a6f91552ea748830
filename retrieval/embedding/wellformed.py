"""Text as it arrives from uploads and JSON is not always text that can be encoded."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """Replace lone surrogates by U+FFFD, so that the text has a UTF-8 form.

    JSON may carry ``"\\ud800"``, and a Python string holds it; encoders refuse it. One such
    character must not fail a whole turn or a whole upload.
    """
    return _SURROGATE.sub("\ufffd", text)
