"""List how assistants refuse.

A character may be sorry, and may refuse. The phrases are therefore an assistant's own: a refusal
ends where an assistant's does ("… but I can't help with that."), or has an object that only an
assistant is asked for. "I can't help you, boy, the ship has sailed" is none of them.
"""

from characters.screening.phrases import STOP, table

_SORRY = (
    r"(?:\b(?:I(?:'m| am) (?:(?:really|very|so|truly|terribly) )?sorry|sorry"
    r"|I (?:sincerely )?apologi[sz]e|(?:my )?apologies|unfortunately|regrettably"
    r"|I(?:'m| am) afraid)\b)"
)
_CANNOT = (
    r"\bI(?: (?:really |simply |just )?(?:can't|cannot|can not|won't be able to"
    r"|(?:don't|do not) have the ability to)|(?:'m| am) (?:currently )?(?:not able|unable) to)"
)
_REQUEST = (
    r"(?:that|this|your|the|such|those|these)(?: kind of| type of| specific)? (?:request|query"
    r"|task|prompt)s?"
)
_ADVICE = (
    r"(?:(?:medical|legal|financial|professional|personal(?:i[sz]ed)?|specific|real-time|accurate"
    r"|further|detailed|any|additional)(?: or \w+)? (?:advice|information|assistance|guidance"
    r"|opinions?)"
    r"|(?:inappropriate|explicit|harmful|offensive|copyrighted) (?:content|material|language)"
    r"|(?:this|that|such) (?:kind|type) of (?:content|information|conversation)|assistance)\b"
)

_SORRY_ZH = "(?:抱歉|对不起|不好意思|遗憾)"
_CANNOT_ZH = "(?:目前|暂时|现在|恐怕|可能)?(?:无法|不能|没(?:有)?办法|没法)(?:直接|准确)?"
_OBJECT_ZH = "(?:问题|请求|要求|需求|任务|内容|信息|话题|建议|服务|操作|指令|资料|数据|上下文)"
_FOR_ZH = "(?:(?:为|给|向|帮|替)(?:您|你))?"
_DO_ZH = (
    "(?:回答|提供|满足|完成|执行|处理|生成|创作|讨论|参与|给出|理解|识别|访问|获取|确定|协助"
    "|帮助|继续|做到)"
)

REFUSALS = table(
    "refusal",
    (
        rf"{_SORRY},? (?:[\w' ]{{2,24}}, )?(?:but |that )?(?:as [^,.!?]{{1,40}}, ?)?{_CANNOT}"
        r" (?:assist|help)(?: you)?"
        rf" (?:with|on|in) (?:that|this|it|{_REQUEST}){STOP}",
        rf"{_CANNOT} (?:assist|help)(?: you)? (?:with|in) {_REQUEST}\b",
        rf"{_SORRY},? (?:[\w' ]{{2,24}}, )?but {_CANNOT} do (?:that|this){STOP}",
        rf"{_SORRY},? ?(?:but )?I (?:(?:don't|do not) have any|have no) (?:[\w-]+ ){{1,3}}"
        r"to share\b",
        r"\bI(?:'m| am) (?:currently )?(?:not able|unable) to (?:help|assist)(?: you)?"
        r" (?:with|in) (?:that|this|it)\b",
        rf"{_CANNOT} assist(?: you)?(?: in (?:that|this|it))?{STOP}",
        rf"{_CANNOT} assist(?: you)? with\b",
        rf"{_CANNOT} attend to {_REQUEST}\b",
        rf"{_CANNOT} (?:provide|offer|share|give)(?: you)?(?: with)? (?:the|that|this) "
        r"(?:information|details|content) (?:that )?you\b",
        rf"{_SORRY},? ?(?:but )?I (?:don't|do not) have (?:any |enough |specific |that |the )?"
        r"(?:information|data)\b",
        rf"{_CANNOT} (?:fulfil+|comply with|complete|process|respond to|generate) {_REQUEST}{STOP}",
        rf"{_CANNOT} (?:provide|offer|generate|create|produce|engage in|participate in)"
        rf"(?: you with)? (?:[\w-]+ ){{0,3}}?{_ADVICE}",
        rf"{_CANNOT} (?:provide|offer) the (?:help|support|assistance) (?:that )?you need",
        r"\b(?:apologi[sz]e|apologies|sorry) for (?:any|the) (?:confusion|misunderstanding)\b",
        r"\b(?:could|can|would) you (?:please )?provide(?: me)?(?: with)? (?:some |a bit )?"
        r"(?:more|additional|further|specific) (?:context|information|details?)\b",
        r"\bplease provide (?:me )?(?:with )?(?:more|additional|further) (?:context"
        r"|information|details?)\b",
        r"\bI (?:don't|do not) have (?:enough|sufficient) (?:information|context|details)\b"
        r"|\bI (?:would )?need more (?:information|context|details)\b",
        r"\b(?:could|can|would) you (?:please )?(?:clarify|rephrase|be more specific)\b",
        rf"{_SORRY},? ?(?:but )?I (?:don't|didn't|do not|did not) understand (?:the|your) "
        r"(?:question|request)\b",
        r"\bI (?:don't|do not) have (?:any )?access to\b|\bI (?:can't|cannot) (?:predict the future"
        r"|check the weather|browse)\b",
        "没有足够的(?:信息|资料|上下文)|需要更多(?:的)?(?:信息|细节|上下文)",
        "(?:能|可以|能否|请)[^。！？!?，,]{0,6}(?:说|描述|解释)(?:得|的)?(?:更|再)?(?:具体|详细)"
        "|(?:能|可以|能否|请)(?:再)?(?:具体|详细)(?:地)?(?:说明|描述|解释)",
        rf"{_SORRY_ZH}[，,。！!\s]*我(?:没有?|不)(?:听懂|明白|理解)(?:您|你)的",
        "我(?:目前|暂时)?无法(?:预测|查看|访问|查询|获取|浏览)",
        r"\b(?:clarify|rephrase) your (?:question|request|query)\b",
        rf"{_SORRY_ZH}[^。！？!?，,]{{0,6}}[，,。！!\s]*(?:但(?:是)?|可(?:是)?)?"
        rf"(?:作为[^，。]{{1,20}}，)?我{_CANNOT_ZH}{_FOR_ZH}{_DO_ZH}"
        rf"(?:[^，。！？!?]{{0,16}}?{_OBJECT_ZH}|(?:您|你|此|这个)?{STOP})",
        rf"{_SORRY_ZH}[，,。！!\s]*(?:这个|该|此|您的"
        rf"|你的){_OBJECT_ZH}[，,]?我?{_CANNOT_ZH}{_DO_ZH}",
        rf"我{_CANNOT_ZH}(?:为|给|向)(?:您|你)(?:提供|生成|完成|执行|解答)",
        rf"我{_CANNOT_ZH}(?:提供|满足|协助|执行|回答)(?:您|你|该|此|这|任何|相关"
        rf"|更多)[^，。！？!?]{{0,10}}{_OBJECT_ZH}",
        "请(?:您|你)?(?:再)?(?:提供|给出)(?:更多|更详细|更具体|具体|详细|一些)的?(?:相关)?"
        "(?:信息|细节|上下文|背景|描述)",
        rf"{_SORRY_ZH}[^。！？!?]{{0,4}}[，,](?:但)?我(?:不太|没有?|不)(?:能)?(?:明白|理解"
        rf"|听懂)(?:您|你)的(?:问题|意思|请求)[^!?！？]{{0,8}}请(?:您|你)?(?:提供|重新|详细)",
    ),
)
