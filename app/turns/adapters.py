"""Name the adapter that a character's replies are generated with."""

from app.db.models import Character


def adapter_of(character: Character) -> str | None:
    """Return the name of the character's adapter; None for the model itself."""
    adapter: str | None = getattr(character, "adapter", None)
    return adapter
