"""Suggest which speakers may be the same person, each with a reason; merge none of them.

A name that fits two speakers is left alone, so that accepting a merge unseen does no harm.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from characters.scripts.model import SpeakerCount

MOST_MERGES = 200

MOST_NEAREST = 200
"""Speakers, those with most lines, for which the nearest other name is sought."""

_SHORT = 5
"""Letters from which on two swapped letters, or one typed twice, are a slip; not Ann and Anna."""
_LONG = 7
"""Letters from which on a wrong or missing letter is a slip; Martin and Marvin are two."""
_RARE = 0.2
"""Most lines of a slip, as a share of the right spelling's."""
_NEAR = 60.0
"""Least likeness, out of 100, of the name that is proposed for a merge by hand."""

_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭"
    "曾肖萧蕭田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付"
    "方邹鄒熊白孟秦邱侯江尹薛闫雷龙龍陶贺賀顾顧毛郝龚龔邵万萬覃武钱錢戴严嚴莫孔向常汤湯邢佟祝凌霍乔喬"
    "安倪庞龐樊兰蘭殷施洪翟康岳伍"
)
"""The most frequent Chinese surnames of one character, in both scripts."""
_NICK = frozenset("老小阿大")
# Separated by spaces.
_CHINESE_TITLES = (
    "捕头 捕頭 掌柜 掌櫃 老板 老闆 先生 太太 夫人 小姐 女士 师傅 師傅 师父 師父 老师 老師 医生"
    " 醫生 大夫 警官 队长 隊長 经理 經理 总 總 主任 局长 局長 校长 校長 教授 博士 律师 律師"
    " 护士 護士 大人 大爷 大爺 大妈 大媽 大叔 大婶 大嬸 阿姨 公子 姑娘 将军 將軍 秀才 哥 姐"
    " 叔 婶 嬸 伯 姨 嫂"
)
_ENGLISH_TITLES = (
    "mr mrs ms miss dr doctor prof professor captain capt detective inspector officer sergeant"
    " sgt lieutenant lt colonel general judge father sister brother lady lord sir"
)
_TITLES = frozenset(_CHINESE_TITLES.split() + _ENGLISH_TITLES.split())
_VOICE = re.compile(
    r"(?:[\s\-–—·,]+[(\[]?|[(\[【])\s*(?:v\.?o\.?|o\.?s\.?|o\.?c\.?|cont(?:['’]?d|inued)\.?"
    r"|voice[- ]?over|off[- ]?screen)\s*[)\]]?$"
    r"|[\s\-–—·,(\[【]*(?:画外音|畫外音|旁白|内心|內心|心声|心聲|独白|獨白)[)\]】]?$",
    re.IGNORECASE,
)
_DOUBLED = re.compile(r"(.)\1")
_BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class SuggestedMerge:
    """Suggest that ``alias`` is another name of the speaker ``name``."""

    alias: str
    name: str
    code: str
    """Stable: ``spelling``, ``voice``, ``article``, ``letters``, ``surname``, ``given_name`` or
    ``title``."""
    reason: str
    """One English sentence."""


def suggest_merges(speakers: Sequence[SpeakerCount]) -> list[SuggestedMerge]:
    """Return at most 200 suggestions, the surest first.

    The name to keep is the one with most lines; for a voice-over, the speaker's own.
    """
    lines = {speaker.name: speaker.lines for speaker in speakers}
    names = sorted(lines, key=lambda name: -lines[name])
    found: dict[str, SuggestedMerge] = {}
    rules = (
        _same_spelling,
        _same_voice,
        _same_article,
        partial(_same_but_a_slip, lines=lines),
        _same_surname,
        _given_name,
        _title,
    )
    for rule in rules:
        for merge in rule([name for name in names if name not in found]):
            found.setdefault(merge.alias, merge)
    return list(found.values())[:MOST_MERGES]


def nearest_names(speakers: Sequence[SpeakerCount]) -> dict[str, str]:
    """Return for each of the first 200 speakers the one whose name is most like its own.

    A name to which none comes near is left out.
    """
    names = [speaker.name for speaker in speakers[:MOST_NEAREST]]
    folded = [_normalise(name) for name in names]
    nearest = {}
    for index, name in enumerate(names):
        others = {other: text for other, text in enumerate(folded) if other != index}
        best = process.extractOne(folded[index], others, scorer=_likeness, score_cutoff=_NEAR)
        if best is not None:
            nearest[name] = names[best[2]]
    return nearest


def _likeness(one: str, other: str, **_: object) -> float:
    """Return how alike two names are, 0 to 100: letter by letter, or word by word."""
    letters = 100 * OSA.normalized_similarity(one, other)
    return max(letters, 0.9 * fuzz.token_set_ratio(one, other), 0.8 * _within(one, other))


def _within(one: str, other: str) -> float:
    """Return 100 where one Chinese name is part of the other."""
    short, long = sorted((one, other), key=len)
    return 100.0 if len(short) > 1 and _is_chinese(short) and short in long else 0.0


def _normalise(name: str) -> str:
    """Return the name without case, width, dots and doubled spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("’", "'").replace(".", " ")
    return _BETWEEN_IDEOGRAPHS.sub("", " ".join(folded.split()))


def _group(names: Sequence[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[key(name)].append(name)
    groups.pop("", None)
    return groups


def _same_spelling(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    reason = "The names differ only in case, width, spaces or dots."
    for kept, *others in _group(names, _normalise).values():
        yield from (SuggestedMerge(name, kept, "spelling", reason) for name in others)


def _same_voice(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    reason = "What stands behind the name says how the line is heard, not who speaks."
    plain = {_normalise(name): name for name in names if not _VOICE.search(name)}
    for name in names:
        kept = plain.get(_normalise(_without_voices(name)))
        if kept is not None and kept != name:
            yield SuggestedMerge(name, kept, "voice", reason)


def _without_voices(name: str) -> str:
    bare = unicodedata.normalize("NFKC", name)
    while (shorter := _VOICE.sub("", bare)) != bare:
        bare = shorter
    return bare


def _same_article(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    reason = "The names differ only in the article."
    for group in _group(names, lambda name: _normalise(name).removeprefix("the ")).values():
        for name in group[1:]:
            yield SuggestedMerge(name, group[0], "article", reason)


def _same_but_a_slip(names: Sequence[str], *, lines: Mapping[str, int]) -> Iterator[SuggestedMerge]:
    """Match TOBAIS and TOBIAS, where one is rare and no third name comes as near.

    The distance counts two swapped letters as one slip (optimal string alignment).
    """
    words = {name: _normalise(name) for name in names}
    for name in reversed(names):  # from the rarest: a slip is rarer than the name
        near = process.extract(words[name], words, scorer=OSA.distance, score_cutoff=1, limit=4)
        others = [key for _, _, key in near if key != name and _is_slip(words[name], words[key])]
        if len(others) == 1 and lines[name] <= max(1, _RARE * lines[others[0]]):
            kept = others[0]
            if lines[name] < lines[kept] or names.index(kept) < names.index(name):
                reason = f"Only one slip of the pen parts {name} from {kept}."
                yield SuggestedMerge(name, kept, "letters", reason)


def _is_slip(one: str, other: str) -> bool:
    """Return whether two names at a distance of one letter differ by a slip, not by meaning."""
    pairs = [pair for pair in zip(one.split(), other.split(), strict=False) if pair[0] != pair[1]]
    if len(one.split()) != len(other.split()) or len(pairs) != 1:
        return False
    first, second = pairs[0]
    if not (first.isalpha() and second.isalpha()):
        return False
    if first[0] != second[0] or first[-1] != second[-1]:
        return False  # another beginning or end makes another name: Jason, Mason; Guard, Guards
    swapped = sorted(first) == sorted(second)
    doubled = _DOUBLED.sub(r"\1", first) == _DOUBLED.sub(r"\1", second)
    return min(len(first), len(second)) >= (_SHORT if swapped or doubled else _LONG)


def _same_surname(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    """Match 老邢, 邢捕头 and 邢育森, where each kind of name occurs once."""
    for surname, group in _group(names, _surname).items():
        kinds = [_kind(name) for name in group]
        if len(group) > 1 and len(set(kinds)) == len(kinds):
            reason = f"Nobody else here has the surname {surname}."
            yield from (SuggestedMerge(name, group[0], "surname", reason) for name in group[1:])


def _surname(name: str) -> str:
    if len(name) == 2 and name[0] in _NICK and name[1] in _SURNAMES:
        return name[1]
    is_name = 2 <= len(name) <= 4 and name[0] in _SURNAMES and _is_chinese(name)
    return name[0] if is_name and (name[1:] in _TITLES or len(name) <= 3) else ""


def _kind(name: str) -> str:
    if name[0] in _NICK:
        return "nickname"
    return "title" if name[1:] in _TITLES else "name"


def _is_chinese(name: str) -> bool:
    return all("\u3400" <= character <= "\u9fff" for character in name)


def _given_name(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    """Match 芙蓉 and 郭芙蓉; Mary and Mary Smith."""
    full = _group(names, _given)
    for name in names:
        who = full.get(_normalise(name), [])
        if len(who) == 1 and who[0] != name:
            reason = f"Nobody but {who[0]} has that given name here."
            kept, alias = sorted((name, who[0]), key=names.index)
            yield SuggestedMerge(alias, kept, "given_name", reason)


def _given(name: str) -> str:
    if _is_chinese(name):
        return name[1:] if len(name) == 3 and name[0] in _SURNAMES else ""
    words = _normalise(name).split()
    is_full = len(words) in (2, 3) and all(word.isalpha() for word in words)
    return words[0] if is_full and words[0] not in _TITLES | {"the"} else ""


def _title(names: Sequence[str]) -> Iterator[SuggestedMerge]:
    """Match Mr. Smith and the only other Smith."""
    for last, group in _group(names, _last_name).items():
        titled = [name for name in group if _is_titled(name)]
        others = [name for name in group if not _is_titled(name)]
        if len(titled) == len(others) == 1:
            reason = f"Nobody else here is called {last.title()}."
            kept, alias = sorted((titled[0], others[0]), key=names.index)
            yield SuggestedMerge(alias, kept, "title", reason)


def _is_titled(name: str) -> bool:
    return _normalise(name).split()[0] in _TITLES


def _last_name(name: str) -> str:
    words = _normalise(name).split()
    is_name = 1 <= len(words) <= 3 and all(word.isascii() and word.isalpha() for word in words)
    return words[-1] if is_name and words[-1] not in _TITLES else ""
