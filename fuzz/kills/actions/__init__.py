"""Define what clients do, by part of the service."""
