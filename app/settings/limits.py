"""Bound what callers send."""

from pydantic import BaseModel, Field


class LimitSettings(BaseModel):
    """Bound everything that a caller sends."""

    upload_bytes: int = Field(default=200_000_000, ge=1)
    """The largest script."""
    visitor_body_bytes: int = Field(default=1_000_000, ge=1)
    """The largest JSON body of a caller without an admin key."""
    line_characters: int = Field(default=100_000, ge=1)
    """The longest line of a script."""
    script_lines: int = Field(default=2_000_000, ge=1)
    """Most lines of a script."""
    record_characters: int = Field(default=10_000_000, ge=1)
    """The longest record of a JSON script, and its longest row."""
    table_cells: int = Field(default=10_000_000, ge=1)
    """Most cells of a workbook."""
    page_bytes: int = Field(default=8_000_000, ge=1)
    """The largest HTML page, also in a book."""
    archive_entries: int = Field(default=5_000, ge=1)
    """Most files and folders in an archive."""
    archive_bytes: int = Field(default=300_000_000, ge=1)
    """All files of an archive or document once inflated."""
    archive_nesting: int = Field(default=1, ge=0)
    """How deep archives may be nested: 0 accepts none, 1 an archive of files."""
    message_characters: int = Field(default=4_000, ge=1)
    """The longest message of a conversation."""
    characters_at_once: int = Field(default=50, ge=1)
    """Characters that one request makes of a script."""
    running_turns: int | None = Field(default=None, ge=1)
    """Replies generated in parallel; by default the embedded engine's ``parallel``, and 64 for an
    engine elsewhere."""
    waiting_turns: int = Field(default=64, ge=0)
    """Turns that wait for a slot; further ones are refused at once with a ``Retry-After``. One user
    holds half of these slots at most, and fewer while others wait."""
    unheard_seconds: float = Field(default=60.0, gt=0)
    """Seconds after which a reply that no page listens to is stopped; what arrived is stored. Until
    then a page may come back and listen on."""
    card_bytes: int = Field(default=50 * 1024**2, ge=1)
    """A character card's file."""
    card_json_bytes: int = Field(default=10 * 1024**2, ge=1)
    """A card's text, including a script embedded in it."""
    card_inflated_bytes: int = Field(default=100 * 1024**2, ge=1)
    """All files in a CHARX card."""
    chat_log_bytes: int = Field(default=20_000_000, ge=1)
    """The largest chat log."""
    chat_log_messages: int = Field(default=20_000, ge=1)
    """Messages of an imported chat, each of their swipes counted."""
    visitor_chat_log_bytes: int = Field(default=2_000_000, ge=1)
    """The largest chat log of a caller who is no admin and may not upload scripts."""
    visitor_chat_log_messages: int = Field(default=2_000, ge=1)
    """Messages of a chat log of such a caller, each of their swipes counted."""
    imports_at_once: int = Field(default=2, ge=1)
    """Chats imported in parallel; one at a time for each owner."""
    visitor_conversations: int = Field(default=200, ge=1)
    """Conversations of one visitor; deleted ones are not counted."""
    visitor_messages: int = Field(default=10_000, ge=1)
    """Messages of one visitor in all conversations, every alternative counted."""
    reading_seconds: float = Field(default=60.0, gt=0)
    """Most time for reading one file (an upload, a card, a picture, a chat log), without the time
    that the database takes to store it."""
    reading_megabytes: int = Field(default=2_048, ge=128)
    """Most memory of a process that reads files; enforced on Linux."""
    reading_processes: int | None = Field(default=None, ge=1)
    """Files read in parallel; by default one per core but one, and at least two."""
    waiting_readings: int = Field(default=16, ge=0)
    """Files that wait to be read; further ones are refused at once with a ``Retry-After``."""
    reported_rejections: int = Field(default=1_000, ge=1)
    """Rejected rows that a report lists; the rest is counted."""
