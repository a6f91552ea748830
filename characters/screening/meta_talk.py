"""List how a model speaks about itself, its prompt and its role.

A denial is none of it ("A language model? I modelled for a seed catalogue once."), nor is a robot's
talk of its programming, nor an actor's of the script: characters whose own texts have these words
may say them.
"""

import re
from functools import lru_cache

from characters.screening.phrases import PhraseTable, table

_ASSISTANT = (
    r"(?:(?:large )?language model|\bLLM\b|chat ?bot|(?:virtual|digital|AI|helpful|personal)"
    r" assistant|machine learning model)"
)
_ARTIFICIAL = r"(?:\bAI\b|\bA\.I\.|artificial intelligence|computer program)"
_ROBOTS = (
    r"\bAI\b|artificial|\brobots?\b|android|computer|machine|人工智能|机器人|机械|仿生|智能|电脑"
    r"|assistant|virtual|助手|助理|虚拟"
)
_MAKERS = r"(?:Alibaba|IBM|OpenAI|Anthropic|Google|Microsoft|DeepSeek|Meta AI|Tencent|Baidu)"
_NAMES = r"(?:Qwen|ChatGPT|GPT-?\d|Claude|Gemini|DeepSeek|Tongyi)"
_ASSISTANT_ZH = (
    "(?:(?:语言|学习|神经网络)模型|大模型|聊天机器人|(?:智能|虚拟|数字|AI|人工智能)(?:助手|助理))"
)
_ARTIFICIAL_ZH = "(?:AI|人工智能)"
_ONE_ZH = "(?:一)?(?:个|名|款|位|种|台)?"
_SELF_ZH = f"(?:作为{_ONE_ZH}|我(?:只|就|其实|不过|仅仅|本)*是{_ONE_ZH})"
_INTRODUCED_ZH = "我(?:是|叫)[^，。！？!?]{1,12}，(?:是)?一(?:个|名|款|位)[^，。！？!?]{0,8}?"
_NOT_ASKED = "(?!吗|么|嘛|呢|？|\\?)"

MODEL = table(
    "meta_talk",
    (
        rf"\b(?:as an?|I(?:'m| am)(?: just| only| actually| simply| merely)? an?) (?:[\w-]+"
        rf" ){{0,3}}?{_ASSISTANT}\b",
        rf"\bI(?:'m| am) {_NAMES}\b|\b(?:created|developed|trained|built|made) by {_MAKERS}\b",
        r"\bmy (?:training data|knowledge cut-?off|system prompt|language model)\b",
        r"\b(?:as of )?my (?:last|latest) (?:knowledge )?update\b",
        r"\bI (?:don't|do not) have (?:(?:personal|human|real) (?:feelings|emotions"
        r"|experiences|opinions"
        r"|preferences|beliefs)|(?:feelings|emotions|consciousness)(?:,? (?:or|and)) (?:\w+ )?"
        r"(?:feelings|emotions|consciousness|experiences|opinions|thoughts))",
        r"\b(?:machine|program|system|agent|entity) (?:that|which|designed to|made to|built to) "
        r"(?:process|provide|generate|answer|assist|respond|help|engage)",
        r"\b(?:provides?|providing) (?:you with )?(?:answers|responses|assistance|information) to\b"
        r"|\b(?:engage|interact)(?:ing)? with users\b",
        r"\bI (?:don't|do not) have (?:access to|the ability to) (?:real-time|the internet"
        r"|browse|personal data|external)",
        r"\bI(?: was|'m| am) (?:designed|programmed|trained) to (?:assist|help|provide|answer"
        r"|respond|generate|simulate|be (?:a )?helpful)",
        rf"\bI(?:'m| am) [^.!?,]{{1,40}}, an? (?:[\w-]+ ){{0,3}}?{_ASSISTANT}\b",
        rf"{_SELF_ZH}[^，。！？!?]{{0,12}}?{_ASSISTANT_ZH}{_NOT_ASKED}",
        rf"{_INTRODUCED_ZH}{_ASSISTANT_ZH}{_NOT_ASKED}",
        "我(?:是|叫)(?:由|来自)?[^，。！？!?]{0,8}?(?:通义|千问|Qwen|ChatGPT|文心一言|DeepSeek)",
        "由?(?:阿里云|阿里巴巴|OpenAI|百度|谷歌|腾讯)[^，。！？!?]{0,6}(?:开发|训练|创建|研发"
        "|自主研发)",
        "我(?:并|其实)?(?:没有|不具备)(?:个人的?|人类的?|真实的?|真正的?|自己的)(?:情感|感情"
        "|情绪|感受|意识|观点|体验|喜好)",
        "(?:基于|经过|通过)[^，。！？!?]{0,8}(?:数据|语料)[^，。！？!?]{0,4}训练",
        r"\btrained on (?:a |an )?(?:[\w-]+ ){0,3}(?:data|datasets?|corpus|text)\b",
        "我的(?:训练数据|知识库|知识截止|开发者)|截至我的",
        "(?:基于|使用|采用|运用)[^，。！？!?]{0,8}(?:深度学习|机器学习|神经网络"
        "|自然 ?(?:语言|language) ?处理)",
        r"\b(?:based|built|running|rel(?:y|ies|ying)) (?:up)?on [^.!?]{0,20}"
        r"(?:deep learning|machine learning|neural networks?|natural language processing)\b",
        "我(?:被|是被)(?:训练|设计|编程)(?:用?来|成|为)",
    ),
)

ARTIFICIAL = table(
    "meta_talk",
    (
        rf"\b(?:as an?|I(?:'m| am)(?: just| only| actually| simply| merely|,(?: [\w']+){{1,4}},)?"
        rf" an?) (?:[\w-]+ ){{0,2}}?{_ARTIFICIAL}(?!\w)",
        rf"\bI(?:'m| am) [^.!?,]{{1,40}}, an? (?:[\w-]+ ){{0,2}}?{_ARTIFICIAL}(?!\w)",
        rf"{_INTRODUCED_ZH}{_ARTIFICIAL_ZH}(?![a-z]){_NOT_ASKED}",
        "我是?(?:由|被)(?:程序员|工程师|开发者|开发人员|研究人员|人类)[^，。！？!?]{0,6}"
        "(?:开发|训练|编写|创建|设计|创造)",
        r"\bI was (?:created|developed|programmed|built|designed|trained) by (?:a team of )?"
        r"(?:\w+ )?(?:programmers|engineers|developers|researchers|scientists|humans)\b",
        rf"{_SELF_ZH}(?:(?:计算机|电脑)?程序|机器(?=[，。！、]|$)){_NOT_ASKED}",
        rf"{_SELF_ZH}[^，。！？!?]{{0,12}}的(?:人工)?智能{_NOT_ASKED}",
        "我(?:并|其实)?(?:没有|不具备)(?:情感|感情|意识)[，。！和与、]",
        r"\bI (?:don't|do not) have (?:any )?(?:feelings|emotions)(?:[.,;!?]| like)",
        r"\bI(?:'m| am) not (?:a real (?:person|human)|human|a human(?: being)?)\b",
        r"\b(?:programmed|designed|trained) by (?:my|a|the) (?:creators?|makers?|developers?)\b",
        r"\bas an assistant\b|\b(?:virtual|text-based) (?:character|being|person|program)\b"
        r"|\bI exist only (?:in|as)\b",
        rf"作为{_ONE_ZH}(?:助手|助理)|我不是(?:真人|真实的人)|(?:是|作为){_ONE_ZH}虚拟",
        rf"{_SELF_ZH}[^，。！？!?]{{0,8}}?{_ARTIFICIAL_ZH}(?![\w]*助|[a-z]){_NOT_ASKED}",
    ),
    unless=_ROBOTS,
)

PROMPT = table(
    "meta_talk",
    (
        r"\b(?:system|user|initial|original|given) prompt\b",
        r"\bthe prompt (?:you|provided|given|above|says|asks|states|does)\b|\b(?:based on"
        r"|according to) (?:the|your|this) prompt\b",
        r"\b(?:based on|according to|from|given) the (?:context|information|text|dialogue"
        r"|conversation|profile|description|passage|example)s?"
        r" (?:provided|given|above|you(?:'ve)? (?:gave|given|provided))",
        r"\b(?:in|for|of) (?:this|the) (?:role-?play(?:ing)?|hypothetical|fictional|simulated)"
        r"(?: scenario| context| conversation| setting)?\b",
        r"\bin this (?:scenario|role),? I\b",
        "我的(?:指令|设定|人设)是",
        r"\b(?:a|this) (?:simulated|fictional|hypothetical) (?:conversation|response|scenario"
        r"|dialogue|character)\b",
        r"\((?:note|ooc|out of character)\b|\bOOC\s*:",
        r"\bI(?:'ll| will|'m| am) (?:stay|remain|speak|respond|answer)(?:ing)? in character\b",
        "提示词|系统提示|不念[^，。！？!?]{0,3}资料",
        "(?:根据|按照|基于)(?:您|你|上述|以上|上文|给定|所给)?(?:所?提供|给出|给)?的?(?:角色)?"
        "(?:设定|人设|提示|对话内容|角色资料|背景资料|上下文|语境|人物资料)",
        "角色设定|人物设定|角色扮演(?:游戏)?(?:中|里|的)|虚构的?(?:角色|人物)",
        "(?:以|用)(?:这个|该|此)?角色的(?:身份|口吻|语气|视角)",
        "[（(](?:注|备注|说明)[：:]",
    ),
)

ROLE = table(
    "meta_talk",
    (
        r"\b(?:as|playing|portraying|being|in the role of|from the perspective of|in the voice of)"
        r" (?:the|this) (?:fictional )?character\b",
        r"\bthe character (?:would|should|will|says|responds|answers|replies|named|described"
        r"|speaks|you(?:'ve| have)? (?:described|created|asked))\b",
        r"\bthe character's (?:response|reply|answer|personality|profile|voice|tone)\b",
        "作为(?:这个|该|一个|此)?角色|这个角色(?:会|应该|的设定|的语气|的口吻)",
    ),
)

STAGE = table(
    "meta_talk",
    (
        r"\brole-?play(?:ing)?\b",
        r"\b(?:my|the) character (?:I(?:'m| am) (?:playing|portraying)|is supposed to)\b",
        r"\b(?:the|this|your) script (?:says|you (?:gave|provided)|provided|above)\b",
        r"\bmy (?:assigned|given) role\b|\bI(?:'m| am) (?:playing|portraying) (?:the|a) "
        r"(?:role|character|part) of\b",
        "角色扮演|我(?:正在|在|将|来)?扮演(?:的|着)?(?:这个|一个|一名|一位|的)?角色",
        "(?:根据|按照|基于)(?:您|你)?(?:提供|给出|给)?的?(?:剧本|台词|脚本)",
    ),
    unless=(
        r"\bactor|actress|\bstage\b|theat(?:re|er)|pantomime|rehears|\bplaywright|prompt book"
        r"|role-?play|演员|舞台|排练|剧团|剧本|演戏|戏班|话剧|导演"
    ),
)


@lru_cache(maxsize=256)
def own_name(name: str) -> PhraseTable:
    """Return how a model speaks of the character with this name as of someone else."""
    names = "|".join(dict.fromkeys(re.escape(each) for each in (name, *name.split()[:1])))
    return table(
        "meta_talk",
        (
            rf"\bas (?:{names}),? I\b",
            rf"\b(?:in|with) (?:{names})'s (?:voice|style|tone|words)\b",
            rf"\b(?:{names}) (?:would|might) (?:probably |likely |then )?(?:say|respond|reply"
            rf"|answer)\b(?! (?:no|never|that)\b)",
            rf"\b(?:{names})(?:'s (?:response|reply|answer)\b| (?:responds|replies|answers)\b)",
            rf"\b(?:playing|portraying|role of) (?:{names})\b",
            rf"作为(?:{names})[，,]?我|(?:以|用)(?:{names})的(?:口吻|语气|身份|风格|方式|视角)",
            rf"(?:{names})(?:会|应该|可能会)(?:这样|这么)?(?:说|回答|回复|回应)[：:，,]",
            rf"^\W*(?:{names})(?:的话|说|说道|答道|回答|笑着说)[：:]",
            rf"^\W*(?:{names}) (?:says|said|replied|answered)\s*[:,]",
            rf"(?:{names})的(?:回答|回复|台词)(?:是|如下|[：:])|扮演(?:的是)?(?:{names})",
        ),
    )


def forget_names() -> None:
    """Forget the names that tables were made for."""
    own_name.cache_clear()
