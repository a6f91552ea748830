"""Make texts from uploads and JSON encodable as UTF-8."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    r"""Replace lone surrogates by U+FFFD, so that the text has a UTF-8 form.

    JSON may carry ``"\ud800"``, and a Python string holds it; encoders refuse it. A single lone
    surrogate must not fail a whole turn or upload.
    """
    return _SURROGATE.sub("\ufffd", text)
