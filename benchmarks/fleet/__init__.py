"""Put chatters on a whole fleet while its processes die, restart and change their embedder."""
