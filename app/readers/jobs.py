"""Define the jobs of reader processes; they know nothing of the service."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol, TypeVar

from app.readers.wire import Progress
from characters.cards.contents import CardContents, read_contents
from characters.cards.model import CardLimits
from characters.cards.pictures import Portrait, ShownPicture, read_backdrop, read_portrait
from characters.cards.sniffing import is_card
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.chat_logs.reader import ChatLogLimits, read_chat_log
from characters.errors import CardError
from characters.inspection import Inspection, inspect_file
from characters.json_values import JsonObject
from characters.lorebooks.notices import describe_unhonoured
from characters.lorebooks.reader import MAX_BYTES, read_lorebook
from characters.scripts.findings import Findings, summarise
from characters.scripts.model import ParseItem, ParseLimits, Scene
from characters.scripts.printing import PrintedPage, RowMemory, print_page
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from characters.scripts.tables.columns import ColumnNames

_BATCH_LINES = 1_000
_BATCH_CHARACTERS = 100_000
_BATCH_ITEMS = 1_000
"""Batches small enough to be unpickled in a millisecond or two, while streams wait."""
_MESSAGES = 500

ReportProgress = Callable[[Progress], None]
T_co = TypeVar("T_co", covariant=True)


class Job(Protocol[T_co]):
    """Define a way to read a file."""

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[T_co]:
        """Read ``file`` (seekable), calling ``report_progress`` as it goes.

        Raises :class:`~characters.errors.FileError`.
        """


@dataclass(frozen=True, slots=True)
class ReadScript:
    """Yield batches of a script's items if ``items`` is set, and its findings at the end."""

    filename: str
    format: str | None
    encoding: str | None
    columns: ColumnNames | None
    aliases: Mapping[str, str]
    limits: ParseLimits
    rejections: int
    """Most rejections that the findings list."""
    items: bool

    def run(
        self, file: BinaryIO, report_progress: ReportProgress
    ) -> Iterator[list[ParseItem] | Findings]:
        reading = read_script(
            file,
            self.filename,
            format=self.format,
            encoding=self.encoding,
            columns=self.columns,
            aliases=self.aliases,
            limits=self.limits,
        )
        report = ParseReport(max_rejections=self.rejections)
        far = Progress(reading.format)
        report_progress(far)
        for batch in _in_batches(report.observe(reading)):
            last = batch[-1]
            member = getattr(last, "member", None)
            report_progress(replace(far, row=last.row, lines=report.lines, member=member))
            if self.items:
                yield batch
        yield summarise(reading, report)


@dataclass(frozen=True, slots=True)
class PrintScript:
    """Yield one page of a script, set as it was read."""

    reading: ReadScript
    after: int
    """Items of the script before the page."""

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[PrintedPage]:
        memory = RowMemory()
        script = read_script(
            file,
            self.reading.filename,
            format=self.reading.format,
            encoding=self.reading.encoding,
            columns=self.reading.columns,
            aliases=self.reading.aliases,
            limits=self.reading.limits,
            memory=memory,
        )
        report_progress(Progress(script.format))
        yield print_page(script, memory, after=self.after)


def _in_batches(items: Iterator[ParseItem]) -> Iterator[list[ParseItem]]:
    batch: list[ParseItem] = []
    lines = characters = 0
    for item in items:
        batch.append(item)
        if isinstance(item, Scene):
            lines += len(item.lines)
            characters += sum(len(line.text) for line in item.lines)
        full = lines >= _BATCH_LINES or characters >= _BATCH_CHARACTERS
        if full or len(batch) >= _BATCH_ITEMS:
            yield batch
            batch = []
            lines = characters = 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class IsCard:
    """Yield whether the file should be read as a card."""

    filename: str
    limits: CardLimits

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[bool]:
        yield is_card(file, self.filename, self.limits)


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Yield the contents of a character card; ``name`` as in ``read_contents``."""

    limits: CardLimits
    name: str = ""

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[CardContents]:
        yield read_contents(file, self.limits, self.name)


@dataclass(frozen=True, slots=True)
class Inspect:
    """Yield the kind of the file and its description."""

    filename: str
    cards: CardLimits
    chats: ChatLogLimits

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[Inspection]:
        yield inspect_file(file, self.filename, self.cards, self.chats)


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """Yield a character's picture, encoded anew."""

    most_bytes: int

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[Portrait]:
        yield read_portrait(_picture_bytes(file, self.most_bytes))


@dataclass(frozen=True, slots=True)
class ReadBackdrop:
    """Yield a backdrop, encoded anew."""

    most_bytes: int

    def run(self, file: BinaryIO, report_progress: ReportProgress) -> Iterator[ShownPicture]:
        yield read_backdrop(_picture_bytes(file, self.most_bytes))


def _picture_bytes(file: BinaryIO, most: int) -> bytes:
    content = file.read(most + 1)
    if len(content) > most:
        raise CardError("too_large", f"A picture may have {most:,} bytes at most.")
    return content


@dataclass(frozen=True, slots=True)
class ReadLorebook:
    """Yield the source object of a stand-alone lorebook, and what of it has no effect."""

    def run(
        self, file: BinaryIO, report_progress: ReportProgress
    ) -> Iterator[tuple[JsonObject, list[str]]]:
        book = read_lorebook(file.read(MAX_BYTES + 1))
        yield book.source, describe_unhonoured(book)


@dataclass(frozen=True, slots=True)
class ReadChatLog:
    """Yield a chat log without its messages, then these in batches."""

    limits: ChatLogLimits

    def run(
        self, file: BinaryIO, report_progress: ReportProgress
    ) -> Iterator[ChatLog | tuple[LoggedMessage, ...]]:
        log = read_chat_log(file.read(self.limits.file_bytes + 1), self.limits)
        yield replace(log, messages=())
        for start in range(0, len(log.messages), _MESSAGES):
            yield log.messages[start : start + _MESSAGES]
