"""Read Chinese stage directions about a character, as in ``三三站在门口，听着。``."""

import re
from collections.abc import Sequence

_OTHER = r"(?:(?![和与跟同及以])[\u3400-\u9fffA-Za-z·]){1,8}"
_AND = r"(?:、|和|与|跟|同|及|以及)"
_LISTED = 8
"""Most names in a row."""
_LEAD = r"(?:这时|此时|那时|忽然|突然|只见|随后|接着|然后|一旁|旁边)?"
_MANNER = (
    r"(?:正|也|又|还|仍|仍然|依然|一直|始终|都|则|便|就|已|已经|同|一起|一同|一人|一个人|独自|悄然|默然|"
    r"(?:静静|默默|悄悄|慢慢|缓缓|轻轻|呆呆|怔怔|愣愣|远远|乖乖|偷偷|安静|沉默)地?|"
    r"(?:在|从|自|于|往|向)[^，,]{1,12}?)"
)
_DOES = (
    r"(?:(?:走|跑|冲|闯|踱|溜|钻|跨|迈|赶|回|走了|跑了)(?:进|入|过来|上来|回来|到)|进(?:来|门|屋|入|场)"
    r"|推门|上场|登场|出场|上台|上$|出现在|入座|落座|坐(?!牢)|站|立着|立在|蹲|跪|靠|倚|听(?!说|信|命|见不|不)|看着|看了|望着"
    r"|盯着|注视|等着|等在|守着|守在|端着|抱着|低头|低着头|抬头|点头|点点头|摇头|摇摇头|微笑|笑着|沉默"
    r"|不语|不说话|一言不发|默不作声|在场|在(?:一旁|旁边|边上|座|这里|这儿|屋里|场)$)"
)
_NO_RELATIVE = r"(?![过了着起]?[^在到于]{0,2}的)"
"""``三三坐过的椅子`` and ``三三看着长大的孩子`` are about others."""
_DOUBTFUL = re.compile(
    r"没|未|别|不在|不见|如果|要是|假如|像|仿佛|似|想[起象到着]|回忆|记得|梦|照片|相片|遗照|肖像|电视|屏幕"
    r"|广播|收音机|声音|将|本来|昨[天日]|明[天日]|曾|鬼|墓|坟|影子"
)
_ELSEWHERE = re.compile(
    r"门外|屋外|窗外|外面|外头|场外|幕后|后台|画外|隔壁|远处|楼上|楼下|另一|别处|电话|手机|话筒"
)
_CAME_FROM = re.compile(r"(?:从|自)[^，,]{0,4}?(?:外面?|外头|楼[上下]|隔壁|远处|后台|幕后)")
_SILENT = re.compile(r"没有?(?:说话|作声|出声|开口|吭声|回答|动)|未(?:开口|作声)")
_LEAVES = re.compile(
    r"[下退离]场|离开|离去|离席|走(?:了|出|开|远|掉)|出去|出门|[跑冲溜奔追跟]出|[跑溜]了|跑开|退[出下去]"
    r"|告辞|告退|回[房屋家去]|消失|不见|[睡入][着去睡]|睡|昏|晕|死|断气|倒下|[回转]身[就便]?走|拂袖"
    r"|(?<![坐放躺蹲跪留停低])下$|上楼|下楼|带走|拉走|抬走|送走|赶走"
)
_BREAK = re.compile(
    r"幕落|落幕|闪回|闪进|切[至到回]|转场|叠化|[淡化渐][出入]|黑场|暗转|灯[暗灭]|[片少]刻[之以]?后|稍后"
    r"|[年月日天时久][之以]?后|次日|翌[日晨]|第[二三四五]天|与此同时|字幕|蒙太奇"
)
_INDEFINITE = re.compile(
    r"[他她它]|众|大家|所有人|全[体部]|都|皆|[两二三四几]人|人们|一同|一起|齐|等人|其[他余]"
)
_COMMA = re.compile(r"[，,：:]")
_MARKS = " \u3000（）()【】[]△▲∆Δ*_。.！!；;"


class ChineseDirections:
    """Read single sentences about one character."""

    def __init__(self, names: Sequence[str]) -> None:
        """Compile the patterns for ``names``, every name of the character."""
        any_of = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        name = rf"(?:{any_of})"
        before, behind = (
            rf"(?:{_OTHER}{_AND}){{0,{_LISTED}}}",
            rf"(?:{_AND}{_OTHER}?){{0,{_LISTED}}}",
        )
        listed = before + name + behind
        self._names = tuple(names)
        self._subject = re.compile(
            rf"{_LEAD}{listed}(?:[（(][^（）()]*[)）])?{_MANNER}{{0,3}}{_DOES}{_NO_RELATIVE}"
        )
        self._behind = re.compile(rf".{{1,12}}(?:站|坐|立|蹲|跪)着{listed}")
        self._called = re.compile(rf"[上登]场?[：:]\s*{listed}")
        self._addressed = re.compile(
            rf"(?:转[身头]?|转过[身头]来?|回头)?(?:对|向|朝|冲)(?:着)?{name}(?:说|道|喊|笑|问|点头|招手|挥手)?"
        )

    def names(self, sentence: str) -> bool:
        """Return whether the sentence names the character."""
        return any(name in sentence for name in self._names)

    def breaks(self, sentence: str) -> bool:
        """Return whether time or place change."""
        return bool(_BREAK.search(sentence))

    def leaves(self, sentence: str) -> bool:
        """Return whether a person leaves, or stops hearing."""
        return bool(_LEAVES.search(sentence.strip(_MARKS)))

    def is_elsewhere(self, sentence: str) -> bool:
        """Return whether the sentence is about another place."""
        return bool(_ELSEWHERE.search(_CAME_FROM.sub("", sentence)))

    def may_mean_character(self, sentence: str) -> bool:
        """Return whether a pronoun or a group may mean the character."""
        return bool(_INDEFINITE.search(sentence))

    def comes(self, sentence: str) -> bool:
        """Return whether the sentence surely says that the character comes or is present."""
        if self.is_elsewhere(sentence) or _DOUBTFUL.search(_SILENT.sub("沉默", sentence)):
            return False
        sentence = _SILENT.sub("沉默", sentence).strip(_MARKS)
        if self._called.fullmatch(sentence):
            return True
        clauses = [clause.strip(_MARKS) for clause in _COMMA.split(sentence)]
        return any(
            self._subject.match(clause) or self._behind.fullmatch(clause) for clause in clauses
        )

    def is_addressed(self, remark: str) -> bool:
        """Return whether a remark beside a line says that it is spoken to the character."""
        return bool(self._addressed.fullmatch(remark.strip(_MARKS)))
