"""Kill the service under load, and account for everything it acknowledged."""
