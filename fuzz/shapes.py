"""Make JSON of likely fields and unlikely values from bytes, to get past the parser."""

from characters.json_values import JsonValue

_DEEPEST = 5
_MOST = 6

_TEXTS = (
    "", " ", "Ambrose", "三三", "{{char}}", "{{pick::a,b}}", "/ha.*r/i", "/(", "@@depth 2\nx",
    "<START>\n{{user}}: hi\n{{char}}: lo", "chara_card_v2", "chara_card_v3", "2.0", "3.0", "null",
    "ccdefault:", "embeded://a", "data:image/png;base64,AA==", "2026-1-2 @3h 4m 5s 6ms",
    "a:b", "「好」", "x" * 300,
)  # fmt: skip
_SCALARS: tuple[JsonValue, ...] = (None, True, False, 0, -1, 1, 2.5, 1e300, 10**20)


class Bytes:
    """Draw decisions from an input, byte by byte; zeros once it is used up."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def draw(self, below: int) -> int:
        """Return a number from 0 to ``below`` - 1."""
        byte = self._content[self._at] if self._at < len(self._content) else 0
        self._at += 1
        return byte % below


def draw_value(source: Bytes, names: tuple[str, ...], depth: int = 0) -> JsonValue:
    """Return any JSON value; the fields of its objects are mostly among ``names``."""
    kind = source.draw(4 if depth < _DEEPEST else 2)
    if kind == 0:
        return _TEXTS[source.draw(len(_TEXTS))]
    if kind == 1:
        return _SCALARS[source.draw(len(_SCALARS))]
    if kind == 2:
        return [draw_value(source, names, depth + 1) for _ in range(source.draw(_MOST))]
    return draw_object(source, names, depth + 1)


def draw_object(source: Bytes, names: tuple[str, ...], depth: int = 0) -> dict[str, JsonValue]:
    """Return an object whose fields are mostly among ``names``."""
    fields = range(source.draw(2 * _MOST))
    return {_name(source, names): draw_value(source, names, depth) for _ in fields}


def _name(source: Bytes, names: tuple[str, ...]) -> str:
    number = source.draw(len(names) + 1)
    return names[number] if number < len(names) else "unknown"
