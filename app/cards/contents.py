"""Name the contents of a character's pictures and of its card's files, to be kept together."""

from collections.abc import Mapping

from characters.cards.model import Card
from characters.cards.pictures import Portrait, ShownPicture

_FILE = "file "
"""Before a file's path: no other content has a name with a space."""


def contents_of_portrait(portrait: Portrait | None) -> dict[str, bytes]:
    """Return what a portrait consists of."""
    if portrait is None:
        return {}
    return {"png": portrait.png, **contents_of_shown(portrait.shown)}


def contents_of_shown(shown: ShownPicture) -> dict[str, bytes]:
    """Return what a picture of the pages consists of."""
    return {"large": shown.large, "small": shown.small}


def contents_of_card(card: Card, portrait: Portrait | None) -> dict[str, bytes]:
    """Return what is stored of an imported card beside its texts."""
    files = {name_of_file(path): content for path, content in card.files.items()}
    return {**contents_of_portrait(portrait), **files}


def name_of_file(path: str) -> str:
    """Return the name of a card's file among the contents."""
    return _FILE + path


def paths_of(contents: Mapping[str, object]) -> list[str]:
    """Return the paths of the files among contents, in their order."""
    return [name.removeprefix(_FILE) for name in contents if name.startswith(_FILE)]
