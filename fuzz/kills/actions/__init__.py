"""What clients do, by the part of the service that they do it to."""
