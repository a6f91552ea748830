"""A scene of a script that a user plays in: what is near its lines, where it is, the way back."""
