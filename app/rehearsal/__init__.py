"""Learning a part of a script: its lines, what is known of them, and attempts at them."""
