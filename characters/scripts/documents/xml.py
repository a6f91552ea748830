"""XML of documents, parsed a chunk at a time: no entities, no document type of its own."""

from collections.abc import Iterable, Iterator
from typing import Protocol
from xml.etree.ElementTree import ParseError

from characters.errors import ScriptError

DEPTH = 500
"""Elements inside each other; a document has some dozens."""


class Target(Protocol):
    """What the parser calls."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def parse_xml(chunks: Iterable[bytes], target: Target) -> Iterator[None]:
    """Feed ``chunks`` to ``target``; yields after each. ``ScriptError`` ``invalid_xml``."""
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415  # only where it is needed
    from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415  # as above

    try:
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        for chunk in chunks:
            parser.feed(chunk)
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


class _Elements:
    """Gathers elements without what they say."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        named = {local_name(key): value for key, value in attributes.items()}
        self.found.append((local_name(tag), named))

    def end(self, tag: str) -> None:
        """Nothing is made of it."""

    def data(self, text: str) -> None:
        """Nothing is made of it."""

    def close(self) -> None:
        """Called at the end of the document."""


def read_elements(chunks: Iterable[bytes]) -> list[tuple[str, dict[str, str]]]:
    """Names and attributes of all elements, as they begin, without their namespaces."""
    target = _Elements()
    for _ in parse_xml(chunks, target):
        pass
    return target.found


def local_name(tag: str) -> str:
    """``tag`` without its namespace."""
    return tag.rpartition("}")[2]
