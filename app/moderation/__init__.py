"""Check messages and replies, and decide what follows."""
