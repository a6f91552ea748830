"""Learning a part by heart: cues, hints, marking what was typed, and rating it."""
