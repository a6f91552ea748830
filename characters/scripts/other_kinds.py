"""Judge whether a file that yielded dialogue is plainly something else: code, a log, data.

Readers take any ``Name: text`` for dialogue, and so does a source file with a colon here and there.
The judgement is a warning for a person to confirm or to dismiss, never a refusal. Its evidence is
how rows are built (code's punctuation, log rows, figures) and how speakers are called (keywords,
log levels, expressions, dates, fields of a form), and whether they answer each other. Time stamps
alone prove nothing: chats have them in every row.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from characters.scripts.field_labels import is_field
from characters.scripts.implausible_names import is_impossible
from characters.scripts.report import ParseReport

Kind = Literal["code", "log", "data", "document"]

SAMPLE_ROWS = 400
"""Rows of a file that are looked at, blank ones not counted."""

_ROW_CHARACTERS = 400
_MARKED = frozenset({"srt", "vtt", "ass", "fdx"})
"""Formats that prove by their own marks what they are."""
_IN_ROWS = frozenset({"text", "prose", "screenplay", "fountain", "play"})
"""Formats whose rows are looked at as they stand; of others, the texts that were read."""

_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE)"


def _any_of(*patterns: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(patterns), flags)


_STAMP = _any_of(
    r"\d{4}[-/]\d\d[-/]\d\d[T ]?(?:\d\d:\d\d)?\S*",
    r"\[?\d\d?/[A-Z][a-z]{2}/\d{4}\S*",
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d",
    r"\d\d:\d\d:\d\d\S*",
    r"\d{1,3}(?:\.\d{1,3}){3}",
    r"[\da-f]{1,4}(?::[\da-f]{0,4}){2,7}(?=\s)",
).pattern
_LOG = _any_of(
    rf"\W?(?:{_STAMP})\W.*(?:\b{_LEVEL}\b|\"[A-Z]{{3,7}} /|\b[\w.()-]+\[\d+\]:|\bkernel: )",
    rf"\W?{_LEVEL}\b[\]:]",
    r"\s*(?:at [\w.$]+\(|File \"[^\"]+\", line \d)|Traceback \(most recent",
    r"commit [0-9a-f]{7,40}$|Merge: [0-9a-f]+ [0-9a-f]+$",
    r"(?:Author|Commit|[A-Z][a-z]+-by): .*<\S+@\S+>$|Date: +[A-Z][a-z]{2} [A-Z][a-z]{2} ",
)
_DECLARES = (
    "import from def class struct enum impl fn pub use package public private static const let var"
    " function export return raise throw elif except async await namespace extern typedef"
)
_COMMANDS = (
    "SELECT|INSERT INTO|CREATE TABLE|CREATE INDEX|UPDATE|DELETE FROM|LEFT JOIN|WHERE|GROUP BY"
    "|ORDER BY|FROM|RUN|COPY|ENV|WORKDIR|ENTRYPOINT|EXPOSE|CMD|ARG"
)
_PLAIN_VALUE = r"[\[{].*|-?\d[\d.]*[a-z%]{0,3}|true|false|null|none|\"[^\"]*\",|\S*\w/\w\S*"
_TAGS = "html|head|body|div|table|t[rdh]|script|style|nav|ul|li|meta|link|form|input|svg"
_CODE = _any_of(
    r"(?=.*[\]){};])[\s\])}>{;,]+$",  # brackets alone
    r".*[;{}]$|.*[)\]}],$|.*\S *[(\[]$",
    r"\s*(?:#include|#define|#!|#\[|//|/\*|\*/|<\?|<!|@@|---? a/|\+\+\+? b/|diff --git)",
    rf"\s*(?:{_DECLARES.replace(' ', '|')})\b[^.!?]*[\w)\"'}}\]:;,>*]$(?<![a-z]{{2}} [a-z])",
    rf"(?:{_COMMANDS}) [^:]*[a-z\d/\"]",
    r".*(?: (?:[=!<>]=|[-+*|:]?=|=>|->|&&|\|\||<<|>>) |\w::\w|\$[({\w]|\w=[\w\"])",
    r"(?: {2,}|\t+)(?:- )?[a-z_][\w.-]*:(?: .*)?$",
    r".*[a-z_\d]\([^()]*\)(?:[\s.:;,)]|$)",
    rf"\s*(?:- )?\"?[a-zA-Z_][\w.-]*\"?\s*: *(?:{_PLAIN_VALUE})\s*,?$",
    r"\s*- \"?[\w.-]+[:=/]\S+$|\|.*\|$|```|\s*\[?!?\[[^\]]*\]\(\S+\)",
    rf"\s*</?(?:{_TAGS})\b",
)
_DATA = re.compile(r"(?=(?:[^,;\t|]*[,;\t|]){2})[-+\d.,;:/TZeE%\"'\s|]+$")

_NO_NAMES = (
    "if elif else for while do def class case default try except finally catch raise throw return"
    " import from with switch lambda const let var use struct enum public private static self this"
    " true false null https? ftp file postgresql mysql redis traceback [a-z]*error [a-z]*exception"
)
_KEYWORD = re.compile(
    rf"(?:{_NO_NAMES.replace(' ', '|')})\b(?![ ']\w+ \w+ \w+)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"{_LEVEL}|commit|author|date|merge|(?:get|post|put|head) .*",
    re.IGNORECASE,
)
_EXPRESSION = _any_of(
    r"[{}<>=;\\|$`^~\[\]]|[\"'].*\w|\w\.\w|\w_\w|\w\(|^[/*#+-]",
    r"^\W*$|^[\d\W]*\d\d[\d\W]*$|^\d{4}-|^[@$]\w|^[a-z]+[A-Z]\w*$",
)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff]")

_FEWEST_FIELDS = 3
_FEWEST_MIXED = 2
_ENTRIES = 8
_LINES_OF_ENTRIES = 20
_LINES_OF_AN_ENTRY = 3
"""Most lines that an entry has on average: actors' monologues are longer."""
_LINES_OF_LIST = 20
_FEWEST_ROWS = 5
"""Fewer rows show nothing: a line may be a formula."""
_MOST = 0.5
"""Share of rows from which on they decide alone."""
_MANY = 0.3
"""Share of rows that decides together with speakers that are no names."""


@dataclass(frozen=True, slots=True)
class OtherKind:
    """Say what a file plainly is instead of a script."""

    code: Kind
    reason: str
    """One English sentence with the evidence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold shares, 0 to 1, of a file's rows and of its lines of dialogue."""

    code: float
    """Rows built like source code, configuration or markup."""
    log: float
    """Rows of a log."""
    data: float
    """Rows of nothing but figures."""
    odd: float
    """Lines whose speaker is no name but a keyword, a log level or an expression."""
    wordless: float
    """Lines of figures and signs without a word, among each speaker's first."""
    single: float
    """Speakers to a line: 1 where no speaker has a second line."""
    stems: int
    """Number of different speakers, numbers left out."""
    impossible: float
    """Lines whose speaker is a piece of JSON or markup, a date or a time."""
    fields: float
    """Lines whose speaker is a field of a form or a title page: Author, Price, Subject."""
    field_names: int
    """Number of different fields."""
    answered: bool
    """Whether a speaker ever speaks again after another one."""
    speakers: int
    spoken: float
    """Rows that became dialogue."""
    lines: int
    rows: int


def judge(format_name: str, head: str, report: ParseReport) -> OtherKind | None:
    """Return what the file plainly is instead of a script; None where it may well be one.

    ``head`` is the beginning of its text, empty for a container; ``report`` has seen all of it.
    """
    if format_name in _MARKED or not report.lines:
        return None
    evidence = gather(format_name, head, report)
    return _decide(evidence, in_rows=format_name in _IN_ROWS, is_text=format_name == "text")


def gather(format_name: str, head: str, report: ParseReport) -> Evidence:
    """Return the evidence of a file's rows, or of the texts that were read from its fields."""
    speakers = report.speakers
    spoken = [f"{one.name}: {text}" for one in speakers for text in one.samples]
    texts = [text for one in speakers for text in one.samples]
    rows = spoken + [item.text for item in report.rejections]
    if format_name in _IN_ROWS and head:
        rows = head.split("\n")
    rows = list(
        islice((row.rstrip()[:_ROW_CHARACTERS] for row in rows if row.strip()), SAMPLE_ROWS)
    )
    return Evidence(
        code=_share(rows, lambda row: bool(_CODE.match(row))),
        log=_share(rows, lambda row: bool(_LOG.match(row))),
        data=_share(rows, lambda row: bool(_DATA.match(row))),
        odd=_share_of_lines(report, _is_no_name),
        wordless=_share(texts, lambda text: not _WORD.search(text)),
        single=len(speakers) / report.lines,
        stems=len({_NUMBER.sub("", one.name) for one in speakers}),
        impossible=_share_of_lines(report, is_impossible),
        fields=_share_of_lines(report, is_field),
        field_names=sum(is_field(one.name) for one in speakers),
        answered=report.returns > 0,
        speakers=len(speakers),
        spoken=report.rows.dialogue / max(1, report.rows.total),
        lines=report.lines,
        rows=report.rows.total,
    )


def _share(texts: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, texts)) / max(1, len(texts))


def _share_of_lines(report: ParseReport, holds: Callable[[str], bool]) -> float:
    """Return the share of all lines whose speaker's name ``holds`` what is asked."""
    return sum(one.lines for one in report.speakers if holds(one.name)) / max(1, report.lines)


def _is_no_name(name: str) -> bool:
    return bool(_EXPRESSION.search(name) or _KEYWORD.match(name) or _ALONE.fullmatch(name))


def _decide(found: Evidence, *, in_rows: bool, is_text: bool) -> OtherKind | None:
    if found.rows < _FEWEST_ROWS:
        return _has_impossible_names(found)
    rules = [_is_log, _is_code, _is_data, _has_impossible_names, _is_list, _is_form]
    rules.append(_has_no_answers)
    if in_rows:
        rules += [_has_no_names, _is_running_text]
    if is_text:
        rules.append(_has_single_lines)
    return next(filter(None, (rule(found) for rule in rules)), None)


def _is_log(found: Evidence) -> OtherKind | None:
    if found.log < _MOST:
        return None
    return OtherKind("log", f"{found.log:.0%} of the rows looked at are those of a log.")


def _is_code(found: Evidence) -> OtherKind | None:
    # People whose names are names, and who speak again and again, may well quote code.
    may_be = found.odd >= 0.2 or found.single >= 0.6
    if (found.code >= _MOST and may_be) or (found.code >= _MANY and found.odd >= _MOST):
        return OtherKind("code", f"{found.code:.0%} of the rows looked at are built like code.")
    return None


def _is_data(found: Evidence) -> OtherKind | None:
    mostly = found.single >= 0.6 or found.wordless >= 0.9
    wordless = found.wordless >= _MOST and mostly and found.lines >= 5
    if found.data < _MOST and not wordless:
        return None
    share = max(found.data, found.wordless)
    return OtherKind("data", f"{share:.0%} of the rows looked at hold figures and no words.")


def _is_list(found: Evidence) -> OtherKind | None:
    """Judge a list of names with a text each: a glossary, settings, products, contacts."""
    if found.single >= 0.7 and found.lines >= _LINES_OF_LIST:
        return OtherKind("data", f"{found.lines} lines, and hardly a speaker has more than one.")
    return None


def _has_single_lines(found: Evidence) -> OtherKind | None:
    """Judge a few entries, each under a name of its own; guests with numbers are a crowd."""
    if found.stems == found.lines >= _FEWEST_ROWS:
        return OtherKind("data", f"{found.lines} lines, each of another speaker.")
    return None


def _has_impossible_names(found: Evidence) -> OtherKind | None:
    if found.impossible < _MANY:
        return None
    reason = f"{found.impossible:.0%} of the lines have a speaker that is a date, a time or markup."
    return OtherKind("data", reason)


def _is_form(found: Evidence) -> OtherKind | None:
    """Judge a title page, a mail or a form, alone or before a text that was not read."""
    mixed = found.fields + found.odd >= 0.75 and found.field_names >= _FEWEST_MIXED
    if not mixed and (found.fields < _MOST or found.field_names < _FEWEST_FIELDS):
        return None
    return OtherKind("document", f"{found.fields:.0%} of the lines are fields such as “Title:”.")


def _has_no_answers(found: Evidence) -> OtherKind | None:
    """Judge entries, one name behind the other: in a conversation a speaker comes back."""
    few = found.lines < _LINES_OF_ENTRIES or found.speakers < _ENTRIES
    if few or found.answered or found.lines > _LINES_OF_AN_ENTRY * found.speakers:
        return None
    reason = f"None of the {found.speakers} speakers speaks again after another one has spoken."
    return OtherKind("data", reason)


def _has_no_names(found: Evidence) -> OtherKind | None:
    if found.odd >= 0.75 and found.single >= 0.6 and found.lines >= _FEWEST_ROWS:
        return OtherKind("code", f"{found.odd:.0%} of the lines belong to a keyword or expression.")
    return None


def _is_running_text(found: Evidence) -> OtherKind | None:
    if found.single < 0.85 or found.spoken > 0.3 or found.rows < 24:
        return None
    return OtherKind(
        "document", f"Only {found.spoken:.0%} of the rows name a speaker, nearly each another."
    )
