"""A text adventure of two rooms and three characters, who answer from what they know.

Run `offbook serve`, then `python examples/two_rooms.py`. It needs Python alone.

Every answer is JSON: a line, an emotion, an action, and whom it is meant for. The grammar of the
engine holds the character to it, so the game never parses prose. Each character is sent only what
was said and done in its presence.
"""

import argparse
import json
import sys
import urllib.request
from dataclasses import dataclass, field

ROOMS = {
    "hall": "The church hall. A ceiling drips on a table. A small door leads under the stage.",
    "cellar": "Under the stage: a horse of velvet in two halves, and a trunk. A door leads up.",
}
LEAVES, GIVES, NOTHING = "walks through the door", "hands over the mints", "stays"


@dataclass
class Character:
    """Somebody in the game; ``model`` is the character's slug in Offbook."""

    name: str
    model: str
    room: str
    things: set[str] = field(default_factory=set)
    messages: list[dict[str, str]] = field(default_factory=list)
    """What it has heard and said, as the API takes it."""

    def witness(self, text: str) -> None:
        """Take note of what happens around it."""
        self.messages.append({"role": "user", "content": text})


class Offbook:
    """The parts of the API that the game needs."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address.rstrip("/")
        self._key = key

    def ask(self, path: str, body: object = None) -> dict:
        """Return the answer as JSON; raises ``urllib.error.HTTPError``."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(self._address + path, data, headers)
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.load(response)

    def cast(self, *names: str) -> dict[str, str]:
        """Return the slugs of characters of the sample; missing ones are made first."""
        shown = self.ask("/api/characters?limit=100")["items"]
        slugs = {each["name"].split()[0]: each["slug"] for each in shown}
        for name in names:
            if name not in slugs:
                scripts = self.ask("/api/scripts?limit=100")["items"]
                sample = next(each for each in scripts if each["title"] == "The Rear Was Adequate")
                made = {"name": name, "script_ids": [sample["id"]], "profile": ""}
                slugs[name] = self.ask("/api/characters", made)["slug"]
        return {name: slugs[name] for name in names}

    def reply(self, character: Character, present: list[str]) -> dict:
        """Return what a character says and does, by :func:`reply_schema`."""
        scene = (
            f"The scene: {ROOMS[character.room]} Here are {', '.join(present)}. "
            f"{character.name} holds: {', '.join(sorted(character.things)) or 'nothing'}."
        )
        schema = {"name": "move", "schema": reply_schema(character, present), "strict": True}
        body = {
            "model": character.model,
            "messages": [{"role": "system", "content": scene}, *character.messages[-20:]],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_tokens": 200,
        }
        answer = self.ask("/v1/chat/completions", body)["choices"][0]["message"]["content"]
        return json.loads(answer)


def reply_schema(character: Character, present: list[str]) -> dict:
    """Return what a reply may be here and now: nothing to give, no such action."""
    actions = [NOTHING, LEAVES, *([GIVES] if "mints" in character.things else [])]
    others = [name for name in present if name != character.name]
    return {
        "type": "object",
        "properties": {
            "line": {"type": "string", "minLength": 1, "maxLength": 300},
            "emotion": {"enum": ["calm", "merry", "moved", "cross", "afraid"]},
            "action": {"enum": actions},
            "target": {"enum": others},
        },
        "required": ["line", "emotion", "action", "target"],
        "additionalProperties": False,
    }


class Game:
    """The world: who is where, and what has happened."""

    def __init__(self, offbook: Offbook) -> None:
        slugs = offbook.cast("Bev", "Ambrose", "Kit")
        self._offbook = offbook
        self._room = "hall"
        self._has: set[str] = set()
        self._cast = [
            Character("Bev", slugs["Bev"], "hall"),
            Character("Kit", slugs["Kit"], "hall"),
            Character("Ambrose", slugs["Ambrose"], "cellar", {"mints"}),
        ]

    def play(self, command: str) -> str:
        """Return what comes of a command: ``look``, ``go``, or ``NAME, words``."""
        name, comma, words = command.partition(",")
        here = {each.name.lower(): each for each in self._here()}
        if command == "go":
            return self._go()
        if comma and name.strip().lower() in here:
            return self._talk(here[name.strip().lower()], words.strip())
        return self.look()

    def look(self) -> str:
        """Describe the room."""
        names = [each.name for each in self._here()]
        who = f"Here: {', '.join(names)}." if names else "Nobody is here."
        have = f" You have: {', '.join(sorted(self._has))}." if self._has else ""
        return f"{ROOMS[self._room]} {who}{have}"

    def _here(self) -> list[Character]:
        return [each for each in self._cast if each.room == self._room]

    def _tell(self, text: str, *, but: Character | None = None) -> None:
        for each in self._here():
            if each is not but:
                each.witness(text)

    def _go(self) -> str:
        self._tell("(The visitor leaves.)")
        self._room = "cellar" if self._room == "hall" else "hall"
        self._tell("(The visitor comes in.)")
        return self.look()

    def _talk(self, character: Character, words: str) -> str:
        self._tell(f"(to {character.name}) {words}")
        present = ["the visitor", *(each.name for each in self._here())]
        reply = self._offbook.reply(character, present)
        character.messages.append({"role": "assistant", "content": reply["line"]})
        self._tell(f"{character.name} (to {reply['target']}): {reply['line']}", but=character)
        told = f"{character.name} ({reply['emotion']}, to {reply['target']}): {reply['line']}"
        return f"{told}{self._act(character, reply['action'])}"

    def _act(self, character: Character, action: str) -> str:
        if action == NOTHING:
            return ""
        self._tell(f"({character.name} {action}.)")
        if action == LEAVES:
            character.room = "cellar" if character.room == "hall" else "hall"
        else:
            character.things.remove("mints")
            self._has.add("mints")
        return f"\n({character.name} {action}.)"


def main() -> None:
    """Play until the end of the input."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--address", default="http://127.0.0.1:8000")
    options.add_argument("--key", default="none")
    given = options.parse_args()
    game = Game(Offbook(given.address, given.key))
    print(game.look())
    print("Type `look`, `go`, or a name and what you say: Bev, who left the trunk here?")
    for row in sys.stdin:
        print(game.play(row.strip()), flush=True)


if __name__ == "__main__":
    main()
