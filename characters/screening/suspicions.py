"""List words of service that assistants use far more than characters do.

A character may say them: "Ready to help, as ever." They are therefore no proof. A first sentence
with one is drawn again, and may be shown if the last draw has one as well; a later sentence with
one is left away, which no reader misses.
"""

from characters.screening.phrases import table

SUSPICIONS = table(
    "assistant_talk",
    (
        r"\b(?:ready|here|happy|glad|able|willing|pleased|eager|trying|try) to (?:help|assist|serve"
        r"|answer|support|guide|listen)\b",
        r"\b(?:help|assist|support|guide) you (?:with|through|if|whenever|when|find|understand"
        r"|learn|in any)\b|\bwhat can (?:you|I|we) (?:help|do for)\b",
        r"\bassist(?:s|ed|ing|ance|ant)?\b|\binconvenience\b",
        r"\b(?:be|been|being) of (?:any |some |more |greater? )?(?:help|service|assistance)\b",
        r"\bwhen(?:ever)? you need (?:it|me|help|anything|someone)\b|\blet me know\b",
        r"\b(?:any|your|more|other|further|specific) (?:questions|concerns|queries|requests)\b",
        r"\b(?:provide|offer|share|give) (?:you )?(?:with )?(?:some |more |any |the |useful )?"
        r"(?:information|details|support|guidance|assistance|insights?)\b",
        r"\bI understand (?:that |how )?your?\b|\bsorry (?:for|about) (?:any|the) (?:confusion"
        r"|misunderstanding|delay|trouble)\b|\bI apologi[sz]e\b",
        r"\bI(?:'m| am|'ll be| will be) (?:always )?here (?:for you|if|when|whenever)\b",
        r"\bthank you for (?:asking|sharing|understanding|letting|reaching|your (?:time|kind"
        r"|interest|support|concern))\b|\bgreat question\b",
        r"\b(?:a|another) different (?:approach|way|topic)\b",
        r"\b(?:any|some)thing(?: that| else)? (?:I|we) can (?:help|do|offer)\b",
        r"\b(?:can|could|may) I help\b|\bI can help with\b",
        r"\b(?:glad|happy|pleased) (?:that )?I (?:could|can|was able to) (?:help|assist)\b",
        r"\byou(?:'ve| have|'re| are) (?:been )?(?:having|going through) (?:a |some )?"
        r"(?:very |really )?(?:difficult|hard|tough|rough)\b",
        r"\b(?:grateful|thankful) for your\b|\bexperiences (?:that )?we share\b",
        r"\bmy (?:programming|training|knowledge base|capabilities|responses?)\b|\busers?\b",
        "(?:帮助|协助|支持|服务)(?:于|到|了)?(?:您|你|大家|各位)",
        "(?:为|给|向|帮|替)(?:您|你|大家|各位)[^，。！？!?]{0,6}(?:解答|提供|服务|效劳|解决|支持)",
        "提供[^，。！？!?]{0,12}(?:信息|帮助|服务|支持|建议|平台|内容|体验)",
        "(?:随时|尽管)(?:可以)?(?:告诉|联系|找|问|来问|提)|感谢(?:您|你)的|(?:大家|各位|您)的"
        "(?:参与|支持|关注|理解|配合|耐心|提醒|反馈|建议|帮助)",
        "有(?:什么|啥|任何)(?:问题|需要|需求|疑问)|给(?:您|你)(?:带来|造成)|敬请|谅解",
        "(?:可能|好像|似乎)[^，。！？!?]{0,3}(?:理解错|误解|误会)",
        "我的(?:任务|职责|使命|功能|程序|训练)|(?:作为|身为)(?:一[个名位])?(?:助手|机器|程序|模型)",
        "(?:包括|比如|例如|会|能)[^，。！？!?]{0,6}(?:编程|写代码|写程序|翻译)|(?:和|陪|与)(?:大家|各位)聊天",
        "用户|客户|算法|语言模型|训练数据|人工智能|希望[^，。！？!?]{0,10}(?:有帮助|有用|帮到)",
        "我(?:能|很|非常|完全)?(?:理解|明白)(?:您|你)的|(?:积极|乐观)的?(?:心态|态度)",
    ),
)
