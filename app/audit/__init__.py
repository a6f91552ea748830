"""Show admins who did what."""
