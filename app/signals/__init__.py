"""Keep what people say about replies, with their consent: ratings, choices and edits."""
