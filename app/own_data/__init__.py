"""Let people and guests take everything of theirs with them, and have it erased."""
