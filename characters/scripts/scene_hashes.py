"""Recognise a scene by what is said in it, whatever file or title it comes with."""

from hashlib import blake2b

from characters.scripts.model import Scene

_BYTES = 16


def scene_hash(scene: Scene) -> str:
    """Return a hash of a scene's speakers and lines, in hexadecimal."""
    said = "\n".join(f"{line.speaker}\t{line.text}" for line in scene.lines)
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
