"""Send generated requests to the whole HTTP API, as a guest and as an admin."""
