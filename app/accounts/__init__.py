"""Let people have accounts: sign-up, sign-in, invitations, and keys of their own."""
