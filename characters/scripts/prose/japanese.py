"""Find the speaker in a Japanese clause: ``「…」とミラは言った``, ``ミラが訊いた。「…」``."""

import re

_VERBS = (
    "(?:[言云]|い|答え|応え|訊|聞|尋ね|訊ね|たずね|叫|呼|囁|ささや|呟|つぶや|怒鳴|どな|告げ|返|続け|付け加え"
    "|つけ加え|笑|唸|うな|述べ|語|話|問|問いかけ|声をかけ|声を掛け|声を上げ|声をあげ|口を開|頷|うなず|嘆|説明し"
    "|命じ|頼|主張し|反論し|返事をし|返事し|返答し|言い|云い|いい)"
)
_SAYS = rf"[^「」『』。！？]{{0,12}}?{_VERBS}[^「」『』。！？]{{0,12}}"
_NAME = (
    r"(?P<name>(?:[\u4e00-\u9fff々\u30a1-\u30faー]{1,10}(?:[・＝][\u30a1-\u30faー]{1,12})*"
    r"|[A-Z][A-Za-z]{0,20})(?:さん|ちゃん|くん|君|様|さま|先生|氏)?)"
)
_AFTER = re.compile(
    rf"[、,]?(?:と[、,]?)?(?:[^「」『』。、！？はがも]{{0,8}}[、,])?{_NAME}[はがも]{_SAYS}"
)
_WITHOUT_VERB = re.compile(rf"[、,]?と[、,]?{_NAME}(?:[はがも][^「」。]{{0,20}})?[。」]")
_BEFORE = re.compile(rf"(?:^|[。！？」』]|[\s　]){_NAME}[はがも](?:{_SAYS}[。：:、]?|、?)[\s　]*$")
_SAYS_BEHIND = re.compile(rf"[、,]?と{_SAYS}")

_NO_NAME_WORDS = (
    "彼 彼女 彼等 彼ら 私 俺 僕 我 我々 自分 誰 何 男 女 少年 少女 老人 老婆"
    " 老女 子供 子 二人 三人 四人 一人 皆 人 人々 相手 者 若者 青年 男達 女達"
    " 声 他 今 後 前 時 今度 次 其 此 之 其処 此処 誰か 両人 客 主 方 一同"
    " 突然 急 口 目 顔 手 気 事 話"
)
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())


def name_after(text: str) -> tuple[str, int] | None:
    """Return the speaker in the clause that begins ``text``, behind a quotation, and its end."""
    for pattern in (_AFTER, _WITHOUT_VERB):
        if (match := pattern.match(text)) and match["name"] not in _NO_NAMES:
            return match["name"], match.end()
    return None


def name_before(text: str, behind: str) -> str | None:
    """Return the speaker in the clause that ends ``text``, before a quotation.

    ``behind`` is what follows the quotation: in ``ミラは「…」と言った`` the verb stands there.
    """
    match = _BEFORE.search(text)
    if match is None or match["name"] in _NO_NAMES:
        return None
    split = match[0].rstrip(" 　").endswith(tuple("はがも、")) and not match[0].rstrip().endswith(
        "。"
    )
    if split and not _SAYS_BEHIND.match(behind):
        return None
    return match["name"]


def continues(text: str) -> bool:
    """Return whether a row is the clause of the quotation above: ``とミラは言った``."""
    return re.match(rf"と[、,]?(?:{_NAME}[はがも]|{_VERBS})", text) is not None
