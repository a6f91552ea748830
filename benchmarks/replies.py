"""``python -m benchmarks.replies``: talk to characters, and write the transcripts down to be read.

Every character hears the same conversations of its language, from ``messages.toml``, or those of
``--messages``. The service runs in this process with the engine of the settings and the samples;
``--script`` adds a character. Whether a reply is on topic and in voice is for a reader to judge.
The report counts what can be counted: drafts that the screen threw away, and why.
"""

import argparse
import asyncio
import json
import tempfile
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.settings import AccessSettings, Settings
from app.tools.bench.corpus import chosen_corpus
from app.tools.bench.in_process import InProcessService, in_process

_MESSAGES = Path(__file__).with_name("messages.toml")


@dataclass(slots=True)
class _Transcript:
    """Hold what was said to a character and answered, conversation by conversation."""

    name: str
    conversations: list[list[tuple[str, dict[str, Any]]]] = field(default_factory=list)

    def replies(self) -> list[dict[str, Any]]:
        """Return all replies, as the API shows them."""
        return [reply for turns in self.conversations for _, reply in turns]


async def _talk(
    service: InProcessService, slug: str, conversations: Sequence[Sequence[str]]
) -> _Transcript:
    await service.until_indexed(slug)
    shown = await service.json("GET", f"/api/characters/{slug}")
    transcript = _Transcript(shown["name"])
    for number, messages in enumerate(conversations, start=1):
        conversation = await service.open_conversation(slug)
        turns = []
        for message in messages:
            turn = await service.send(conversation, message)
            turns.append((message, turn["reply"]))
        transcript.conversations.append(turns)
        print(f"{transcript.name}: {number} of {len(conversations)} conversations.", flush=True)
    return transcript


async def _run(arguments: argparse.Namespace) -> list[_Transcript]:
    said = tomllib.loads(arguments.messages.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="offbook-replies-") as folder:
        settings = Settings(data_dir=Path(folder), access=AccessSettings(), load_samples=True)
        async with in_process(settings) as service:
            limits = await service.until_engine_ready(print)
            if arguments.script:
                added = (arguments.script, arguments.script_name, arguments.profile)
                await service.upload(chosen_corpus(*added))
            transcripts = []
            for character in (await service.json("GET", "/api/characters"))["items"]:
                if arguments.only and character["name"] not in arguments.only:
                    continue
                conversations = said[character["language"]][: arguments.conversations]
                transcripts.append(await _talk(service, character["slug"], conversations))
                _write(arguments.out, limits.model, transcripts)
    return transcripts


def _write(folder: Path, model: str, transcripts: Sequence[_Transcript]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# Replies of {model}", ""]
    for transcript in transcripts:
        lines += [f"## {transcript.name}", "", _counts(transcript), ""]
        for number, turns in enumerate(transcript.conversations, start=1):
            lines += [f"{number}.", ""]
            for message, reply in turns:
                found = (reply["sampling"] or {}).get("screening")
                note = f" `{json.dumps(found, ensure_ascii=False)}`" if found else ""
                lines += [f"   - {message}", f"     **{reply['content']}**{note}"]
            lines.append("")
    (folder / "replies.md").write_text("\n".join(lines), encoding="utf-8")


def _counts(transcript: _Transcript) -> str:
    replies = transcript.replies()
    found = [(reply["sampling"] or {}).get("screening") or {} for reply in replies]
    offences = Counter(each for one in found for each in one.get("redrawn", ()))
    shown = sum("shown" in one for one in found)
    thrown = ", ".join(f"{count} {name}" for name, count in offences.most_common()) or "none"
    return (
        f"{len(replies)} replies. Drafts thrown away: {thrown}. "
        f"Shown with an offence: {shown}. Ended early: {sum('ended' in one for one in found)}."
    )


def main() -> None:
    """Talk and write ``replies.md``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replies", description=__doc__)
    parser.add_argument("--script", type=Path, help="a script to talk to beside the samples")
    parser.add_argument("--script-name", help="who to talk to in it; by default the file's name")
    parser.add_argument("--profile", type=Path, help="a text file: who that is")
    parser.add_argument("--messages", type=Path, default=_MESSAGES)
    parser.add_argument("--conversations", type=int, help="of each character; by default all")
    parser.add_argument("--only", nargs="+", help="names of the characters to talk to")
    parser.add_argument("--out", type=Path, default=Path("build/replies"))
    for transcript in asyncio.run(_run(parser.parse_args())):
        print(transcript.name, _counts(transcript))


if __name__ == "__main__":
    main()
