"""Generated requests against the whole HTTP API, as a guest and as an admin."""
