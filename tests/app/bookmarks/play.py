"""A play in which each scene has a word of its own, and what a reader at its second scene knows."""

from tests.app.running import Json, Running, as_object

SCENES = 5
WORD = "quolk"
"""``quolk1`` is only said in the first scene, ``quolk2`` in the second, and so on."""
READ = 2


def _scene(number: int) -> str:
    guest = f"Anna: Where is the {WORD}{number} lamp?"
    if number == 4:
        guest = f"Quolk4: My name is Quolk4, and I bring the {WORD}{number} lamp."
    return (
        f"SCENE {number} - The {WORD}{number} harbour\n"
        f"Anna: Ben, did you find the {WORD}{number} letter in the boat?\n"
        f"Ben: I found the {WORD}{number} letter in the boat, under the nets.\n"
        f"{guest}\n"
        f"Ben: I hung the {WORD}{number} lamp over the quay this morning.\n"
        f"Anna: The {WORD}{number} storm is near, and Ben only listens.\n"
    )


PLAY = (
    "\n".join(_scene(number) for number in range(1, SCENES + 1)) + f"\n: nobody says {WORD}5 here\n"
)
LATER = [f"{WORD}{number}" for number in range(READ + 1, SCENES + 1)]


def later_words(text: str) -> list[str]:
    """The words of scenes behind the second that occur in a text, in any case."""
    lowered = text.lower()
    return [word for word in LATER if word in lowered]


async def make_play(stage: Running) -> Json:
    """The play with two characters, one of whom only comes in its fourth scene; its report."""
    report = await stage.upload(PLAY, filename="harbour.txt")
    assert (report["scenes"], report["rejected_total"]) == (SCENES, 1), report
    await stage.make_character(
        "Ben",
        script_ids=[report["id"]],
        profile="Ben keeps the harbour.\n[from scene 4] Ben has met quolk4.",
        greeting="I hung the quolk3 lamp over the quay this morning.",
        alternate_greetings=["Welcome aboard.", "I found the quolk5 letter in the boat."],
        openers=["Where is the quolk5 lamp?", "How are you?"],
        tagline="Ben, did you find the quolk3 letter in the boat?",
        creator_notes="The quolk5 storm is near, and Ben only listens.",
    )
    await stage.make_character(
        "Quolk4", script_ids=[report["id"]], profile="Quolk4 brings the lamp."
    )
    return report


async def set_bookmark(stage: Running, script: Json, **place: object) -> Json:
    """A bookmark that is accepted; the answer."""
    response = await stage.http.put(f"/api/scripts/{script['id']}/bookmark", json=place)
    assert response.status_code == 200, response.text
    return as_object(response)
