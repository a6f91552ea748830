"""What comes out of a reader process is what reading the file right here gives."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cards.reading import card_limits
from app.readers.jobs import Inspect, IsCard, Job, ReadCard, ReadChatLog, ReadLorebook, ReadPicture
from app.readers.process import ReaderProcess
from app.readers.reading import Ended, Reading
from app.scripts.reading import reading_job
from app.scripts.reports import report_upload
from app.scripts.upload import Upload
from app.settings import LimitSettings
from characters.cards.pictures import placeholder
from characters.chat_logs.reader import ChatLogLimits
from characters.errors import ScriptError
from characters.scripts.findings import Findings

FIXTURES = Path(__file__).parents[2] / "fixtures"
LIMITS = LimitSettings()
SCRIPTS = sorted(
    path for path in (FIXTURES / "scripts").iterdir() if not path.name.endswith(".report.json")
)
CARDS = sorted(path for path in (FIXTURES / "cards").iterdir() if path.suffix != ".md")


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    process = ReaderProcess(LIMITS.reading_megabytes)
    yield process
    process.end()


def _here(job: Job[Any], content: bytes) -> list[object]:
    return list(job.run(io.BytesIO(content), lambda _: None))


def _there(reader: ReaderProcess, job: Job[Any], content: bytes) -> list[object]:
    reading = Reading(reader, job, io.BytesIO(content), seconds=60, megabytes=2_048)
    items: list[object] = []
    while not isinstance(item := reading.take(), Ended):
        items.append(item)
    return items


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.name))
def test_scripts(reader: ReaderProcess, path: Path) -> None:
    content = path.read_bytes()
    upload = Upload(io.BytesIO(content), path.name, len(content))
    job = reading_job(upload, LIMITS, items=True)
    here, there = _here(job, content), _there(reader, job, content)
    assert there == here
    ours, theirs = here[-1], there[-1]
    assert isinstance(ours, Findings)
    assert isinstance(theirs, Findings)
    report = report_upload(upload, theirs).model_dump_json()
    assert report == report_upload(upload, ours).model_dump_json()


@pytest.mark.parametrize("path", CARDS, ids=lambda path: str(path.name))
def test_cards(reader: ReaderProcess, path: Path) -> None:
    cards = card_limits(LIMITS)
    chats = ChatLogLimits(LIMITS.chat_log_bytes, LIMITS.chat_log_messages)
    content = path.read_bytes()
    jobs: list[Job[Any]] = [
        IsCard(path.name, cards),
        ReadCard(cards, "Ada"),
        Inspect(path.name, cards, chats),
    ]
    for job in jobs:
        assert _there(reader, job, content) == _here(job, content)


def test_a_refusal(reader: ReaderProcess) -> None:
    content = b"nobody says this\n"
    job = reading_job(Upload(io.BytesIO(), "a.txt", 0), LIMITS, items=True)
    with pytest.raises(ScriptError) as here:
        _here(job, content)
    with pytest.raises(ScriptError) as there:
        _there(reader, job, content)
    assert here.value.code == "no_dialogue"
    assert (there.value.code, str(there.value)) == ("no_dialogue", str(here.value))
    assert there.value.detail == here.value.detail


def test_the_others(reader: ReaderProcess) -> None:
    book = (FIXTURES / "lorebooks" / "harbour.world.json").read_bytes()
    assert _there(reader, ReadLorebook(), book) == _here(ReadLorebook(), book)
    chat = (FIXTURES / "chat_logs" / "maud.jsonl").read_bytes()
    job = ReadChatLog(ChatLogLimits())
    assert _there(reader, job, chat) == _here(job, chat)
    picture = ReadPicture(1_000_000)
    assert _there(reader, picture, placeholder()) == _here(picture, placeholder())


def test_a_file_on_the_disk_is_left_where_it_was(reader: ReaderProcess, tmp_path: Path) -> None:
    line = b"Anna: Hello there, how are you?\n"
    path = tmp_path / "a.txt"
    path.write_bytes(line * 50_000)
    with path.open("rb") as file:
        file.seek(7)
        job = reading_job(Upload(file, "a.txt", 0), LIMITS, items=False)
        reading = Reading(reader, job, file, seconds=60, megabytes=2_048)
        found = reading.take()
        assert isinstance(found, Findings)
        assert isinstance(reading.take(), Ended)
        assert found.lines == 50_000
        file.seek(0)
        assert file.read() == line * 50_000
