"""Results of auditions with figures made by hand."""

from typing import Any

Json = dict[str, Any]


def interval(value: float, low: float, high: float) -> Json:
    return {"value": value, "low": low, "high": high}


def result(
    gain: tuple[float, float, float] = (0.2, 0.1, 0.3),
    right: tuple[float, float, float] = (0.05, -0.05, 0.15),
    copied: float = 0.1,
) -> Json:
    """A result: likelier by ``gain`` nats a token, recognised by ``right`` more, and copying so."""
    return {
        "adapter": {
            "nats_a_token": interval(-2.0, -2.2, -1.8),
            "right": interval(0.6, 0.5, 0.7),
            "copied": interval(copied, copied - 0.05, copied + 0.05),
        },
        "in_force": {
            "nats_a_token": interval(-2.2, -2.4, -2.0),
            "right": interval(0.55, 0.45, 0.65),
            "copied": interval(0.1, 0.05, 0.15),
        },
        "true_right": 0.8,
        "true_copied": 0.02,
        "differences": {
            "bits_a_reply": interval(*(10 * each for each in gain)),
            "nats_a_token": interval(*gain),
            "right": interval(*right),
            "copied": interval(copied - 0.1, copied - 0.15, copied - 0.05),
        },
        "replies": 40,
        "written": 30,
        "scenes": 12,
        "trained_here": True,
        "most_copying": 0.25,
        "model": "scripted",
    }
