"""Read the time stamps of chat exports, in the forms that phones of many locales write."""

import re
from functools import lru_cache
from typing import NamedTuple

PAUSE_SECONDS = 3_600
"""A longer silence ends a scene: an hour, after which people begin another conversation."""

_DAY_SECONDS = 86_400

HALF = (
    r"(?:[AaPp]\.?\s?[Mm]\b\.?|上午|下午|凌晨|早上|清晨|中午|晚上|午前|午後|오전|오후|[صم]\b|[πμ]\.?\s?μ\.?"
    r"|ÖÖ|ÖS|(?:vorm|nachm)\.|SA\b|CH\b)"
)
"""What names the half of a day, in the languages of phones."""
_DIGITS = r"\d{1,2}[:.时時]\d{2}(?:[:.分]\d{2}秒?)?(?:[.,]\d{1,3})?"
_CLOCK = rf"(?:{HALF}\s?)?{_DIGITS}(?:\s?{HALF})?"
_DATE = (
    r"(?:\d{1,4}\.?\s?[./\-年년]\s?\d{1,2}\.?\s?[./\-月월]\s?\d{1,4}[日일.]?"
    r"|\d{1,2}\.?[-. ](?:de )?[^\W\d_]{3,10}\.?,?[-. ](?:de )?\d{2,4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2},? \d{4})"
)
_WEEKDAY = r"(?:\(?[^\W\d_]{1,12}\.?\)?,?\s*)?"
_BETWEEN = r"(?:T|[,،]?\s+(?:[^\W\d_]{1,3}\.?\s+)?(?:[^\W\d_]{1,3}\s+)?)"
_ZONE = r"(?:\s?(?:Z|UTC|GMT)?(?:[+-]\d{2}:?\d{2})?)"

CLOCK = rf"(?P<clock>{_CLOCK})"
"""A time of day."""
STAMP = rf"(?P<date>{_DATE})\s?{_WEEKDAY}(?<=[\s\d,)日일.])(?:{_BETWEEN})?{CLOCK}{_ZONE}"
"""A date and a time of day."""
DATE_ROW = rf"[\W_]*{_WEEKDAY}(?P<date>{_DATE})\s?{_WEEKDAY}[\W_]*"
"""A row of nothing but a date, as LINE, KakaoTalk and WeChat write above a day's messages."""

RELATIVE_DAY = (
    r"(?i:today|yesterday|heute|gestern|hoy|ayer|hoje|ontem|oggi|ieri|aujourd.hui|hier|vandaag"
    r"|gisteren|dzisiaj|dziś|wczoraj|bugün|dün|i ?dag|i ?går|tänään|eilen|dnes|včera"
    r"|сегодня|вчера|сьогодні|вчора|今日|昨日|今天|昨天|오늘|어제|σήμερα|χθες|hôm nay|hôm qua)"
    r",?\s?(?:(?:at|um|a las|à|às|alle|om|o|в|о|kl\.?|saat|v|ve|lúc|στις)\s)?"
)
"""How Discord and Slack call the last two days, before a time of day."""

_NUMBER = re.compile(r"\d+")
_AFTERNOON = re.compile(r"[Pp]\.?\s?[Mm]|下午|晚上|午後|오후|م|μ\.?\s?μ|ÖS|nachm|CH")
_NOON = re.compile(r"中午")
_ANY_HALF = re.compile(HALF)


class SentAt(NamedTuple):
    """Hold the time of a message, as far as the export has it."""

    day: str
    """The date as typed; "" where the export has none."""
    seconds: int
    """Since midnight, or since the beginning of a recording."""


@lru_cache(4_096)
def read_clock(text: str) -> int:
    """Return the seconds since midnight of a time of day, with or without a half of the day."""
    hours, minutes, *rest = (int(number) for number in _NUMBER.findall(text)[:3])
    if _ANY_HALF.search(text):
        if _NOON.search(text):
            hours = hours if hours >= 11 else hours + 12
        else:
            hours = hours % 12 + (12 if _AFTERNOON.search(text) else 0)
    return hours * 3_600 + minutes * 60 + (rest[0] if rest else 0)


def is_pause(before: SentAt, after: SentAt) -> bool:
    """Return whether a scene ends between two messages.

    Dates are compared as typed, because ``05/10`` may be a day of May or of October: where they
    differ, the next day is assumed, and anything but a conversation past midnight is a pause.
    """
    if before.day == after.day and (before.day or after.seconds >= before.seconds):
        return abs(after.seconds - before.seconds) > PAUSE_SECONDS
    return _DAY_SECONDS - before.seconds + after.seconds > PAUSE_SECONDS
