"""Parse XML of documents a chunk at a time: no entities, no document type of its own."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from characters.errors import ScriptError

T = TypeVar("T")

DEPTH = 500
"""Most nested elements; a document has some dozens of levels."""

_TOKEN_BYTES = 1_000_000
"""Longest tag or comment: for each chunk of one, expat reads it from its beginning again."""

_KEPT_BYTES = 2_000_000
"""Largest part held in memory, such as a document's styles or a book's list of pages."""


class Target(Protocol):
    """Receive the parser's calls."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def parse_xml(
    chunks: Iterable[bytes], target: Target, encoding: str | None = None
) -> Iterator[None]:
    """Feed ``chunks`` to ``target``; yield after each. Raises ``ScriptError`` ``invalid_xml``.

    ``encoding`` overrides the XML's declaration.
    """
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415  # only where it is needed
    from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415  # as above

    try:
        parser = DefusedXMLParser(target=target, encoding=encoding, forbid_dtd=True)
        fed = 0
        for chunk in chunks:
            parser.feed(chunk)
            fed += len(chunk)
            _check_token(fed - parser.parser.CurrentByteIndex)
            yield
        parser.close()
        yield
    except DefusedXmlException as error:
        raise ScriptError(
            "invalid_xml", "The document declares a document type or entities; save it anew."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise ScriptError(
            "invalid_xml", f"The document is damaged: {error}. Save it anew, or as text."
        ) from error


def gather_xml(
    chunks: Iterable[bytes], target: Target, complete: list[T], encoding: str | None = None
) -> Iterator[T]:
    """Yield what ``target`` puts into ``complete``, emptied after each chunk.

    ``encoding`` and errors as for :func:`parse_xml`.
    """
    for _ in parse_xml(chunks, target, encoding):
        yield from complete
        complete.clear()


def check_tokens(chunks: Iterable[bytes]) -> None:
    """Check ``chunks`` that another library is about to parse, if they are XML.

    Raises ``ScriptError`` ``invalid_xml`` for a tag or comment that would take forever to parse.
    """
    parser = expat.ParserCreate()
    fed = 0
    readable = True
    for chunk in chunks:
        if readable:
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                readable = False  # nor by the other library
            fed += len(chunk)
            _check_token(fed - parser.CurrentByteIndex)


def keep_small(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield ``chunks`` of a part held in memory; raise ``ScriptError`` ``page_too_large``."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > _KEPT_BYTES:
            raise ScriptError(
                "page_too_large",
                f"The document's styles, or its list of pages, are larger than {_KEPT_BYTES:,}"
                " bytes, the most that they may have; save it as text.",
                limit=_KEPT_BYTES,
            )
        yield chunk


def _check_token(size: int) -> None:
    if size > _TOKEN_BYTES:
        raise ScriptError(
            "invalid_xml",
            f"The XML has a tag or a comment of more than {_TOKEN_BYTES:,} bytes.",
            limit=_TOKEN_BYTES,
        )


class _Elements:
    """Gather elements without their text."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        named = {local_name(key): value for key, value in attributes.items()}
        self.found.append((local_name(tag), named))

    def end(self, tag: str) -> None:
        """Ignore the end of an element."""

    def data(self, text: str) -> None:
        """Ignore the text."""

    def close(self) -> None:
        """Ignore the end of the document."""


def read_elements(chunks: Iterable[bytes]) -> list[tuple[str, dict[str, str]]]:
    """Return names and attributes of all elements, as they begin, without their namespaces.

    Raises ``ScriptError``: ``invalid_xml``; ``page_too_large``.
    """
    target = _Elements()
    for _ in parse_xml(keep_small(chunks), target):
        pass
    return target.found


def local_name(tag: str) -> str:
    """Return ``tag`` without its namespace."""
    return tag.rpartition("}")[2]
