"""List how assistants offer their service, and how they take leave of a customer.

A character may be glad to help.
"""

from characters.screening.assistant_talk import OPENER
from characters.screening.phrases import STOP, table

_OFFER = (
    r"I(?:'d| would|'ll| will|'m| am) (?:be )?(?:more than )?(?:happy|glad|pleased|delighted"
    r"|here) to"
)

SERVICE = table(
    "assistant_talk",
    (
        rf"{OPENER}{_OFFER} (?:help|assist)(?: you)?(?: (?:with|in) [^.!?]{{1,30}})?{STOP}",
        rf"{_OFFER} (?:assist(?: you)?\b|help you with (?:that|this|any|your (?:question"
        rf"|request|quer)))",
        r"\bhow (?:can|may|could) I (?:assist|be of assistance to) you\b",
        r"^\W*(?:hello|hi|hey|hi there|hello there|greetings)[!,.]* how (?:can|may) I help you"
        r"(?: today)?\?",
        r"\bis there (?:anything|something)(?: else| specific| in particular)? (?:that )?I can"
        r" (?:help|assist)(?: you)?(?: with)?\b",
        r"\bif you (?:have|need) (?:any|more|further|other)(?: other| more| further| specific)?"
        r" (?:questions|requests|assistance|information|help)\b[^.!?]{0,40}(?:feel free"
        r"|hesitate|let me know|ask)",
        r"\blet me know (?:if|how|what) (?:you(?: would|'d)? (?:need|like|have)[^.!?]{0,30}"
        r"(?:questions|assistance|assist|further|help you)\b|I can (?:help|assist)(?: you)?(?:"
        r" with)?\b)",
        rf"\bI(?:'m| am) (?:(?:so|very|really) )?(?:glad|happy|pleased) (?:that )?I (?:could|can)"
        rf" (?:help|assist|be of (?:help|assistance|service))(?: you)?{STOP}",
        r"\blet me know if you need (?:any |more |further )?(?:information|details|help)\b",
        r"\bI can (?:help|assist) you with any\b|\bany topic (?:that )?you(?:'d)? (?:want|like)\b",
        rf"\b(?:glad|happy|pleased|honou?red) to have (?:served|helped|assisted|been of (?:service"
        rf"|help|assistance))(?: (?:to )?you)?{STOP}",
        rf"\blet me know if (?:you need anything(?: else)?|there(?:'s| is) anything else){STOP}",
        r"\bfeel free to (?:ask|reach out|share|contact me)\b",
        r"\bI(?:'m| am) here to (?:help|assist|serve you|support you|make you)\b",
        r"\b(?:can|could) you (?:please )?tell me (?:a bit |a little )?more about\b",
        r"\bthank(?:s| you) for (?:reaching out|sharing (?:that|this|your)|asking[.!,]* and)\b",
        r"\blet's talk about something (?:else|more|positive|different)\b",
        r"\bhave a (?:great|wonderful|nice|lovely) day(?: ahead)?[.!]*$",
        rf"\bwhat can I (?:help|assist) you with\b|\bI hope (?:this|that) helps{STOP}",
        "有什么(?:是)?我?(?:可以|能够?)(?:(?:帮助|协助)(?:到)?(?:您|你)|帮到?(?:您|你)(?:的|[?？]|$))",
        "我(?:很|非常|十分)?(?:乐意|愿意|高兴)(?:能)?(?:为|帮助|协助)(?:您|你)(?:提供|解答"
        "|服务|解决|回答)",
        "(?:很|非常|十分)高兴(?:我)?能(?:够)?(?:帮|帮助|帮到|协助)(?:到)?(?:您|你|大家)",
        "能(?:够)?帮(?:助|助到|到|上)(?:您|你|大家)[^。！？!?]{0,6}(?:高兴|开心|荣幸)",
        "有(?:什么|任何)(?:问题|需要|疑问)[^。！？!?]{0,6}随时",
        "如果(?:您|你)(?:还)?(?:有|需要)(?:任何|其他|其它|更多|什么)[^。！？!?]{0,10}(?:问题"
        "|疑问|需求|帮助|信息)[^。！？!?]{0,12}(?:告诉我|提问|问我|联系|告知|提出)",
        "我(?:可以|能够?|会)(?:帮助|协助|为)(?:您|你)(?:解答|回答|解决|提供|完成)",
        "帮(?:您|你)(?:实现|写(?:一[段个])?(?:代码|程序))|(?:帮助|协助)(?:您|你)(?:实现|完成|解决|解答|处理)|(?:这个|这些|此|您的|你的)需求",
        "(?:为|给)(?:用户|客户)(?:提供|带来)|用户体验",
        "(?:能够?|可以|会|来|将)(?:(?:为|给)(?:您|你|大家))?提供[^，。！？!?]{0,14}(?:信息|帮助|服务"
        "|支持|建议)",
        r"\b(?:provide|give|offer) (?:our |the |my )?(?:users?|customers?) with\b",
        r"\buser experience\b",
        r"\bdo my best to (?:help|assist|answer|provide|fulfil+)\b",
        "(?:还)?有什么(?:需要|要)(?:我)?(?:帮忙|帮助|协助)的?(?:吗|么|嘛|呢)",
        "(?:您|你)需要(?:我)?(?:什么|哪些|任何)(?:样的)?帮助|请随时(?:告诉|联系|提问|问我|告知)",
        "希望(?:这|以上|这些|我的)[^。！？!?]{0,12}对(?:您|你)(?:有所|有)?(?:帮助|用)",
        "我(?:会|将)(?:尽力|竭诚|尽我所能)(?:地)?(?:为|帮助|协助)(?:您|你)(?:解答|提供|服务|解决)",
        r"\bhow (?:can|may|could) I (?:help|assist) you(?: today| with (?:that|this|it))?\?",
        r"\bwhat (?:can|may) I do for you today\b",
        r"\bwhat would you like to (?:know|learn|discuss|talk about)\b[^.!?]{0,16}\?",
        r"\b(?:is there|do you have) any(?:thing)?(?: else| other| more| further)?"
        r"(?: you(?:'d| would)? like to (?:know|ask|discuss|talk about|share)| questions?\b)",
        r"\bdon't hesitate to\b|\bdo not hesitate to\b|\bknowledge and expertise\b",
        r"\b(?:don't|do not) be (?:afraid|shy) to ask(?: me)?(?: any| more)? questions?\b",
        rf"{_OFFER} help you (?:learn|understand|find|with (?:whatever|anything|any))\b",
        rf"{_OFFER} (?:tell|share|discuss|answer|explain|provide) (?:you )?(?:more|any|your"
        r"|about)\b",
        r"\bI(?:'d| would) (?:love|be happy|be glad) to help you with (?:that|this)\b",
        r"\bI can answer (?:any|your|all|most|some)\b|\bI can provide you\b",
        r"\bmy (?:purpose|goal|job|aim|task) is to (?:help|assist|provide|serve|answer)\b",
        r"\bI was (?:created|made|built|designed) to (?:help|assist|serve|answer)\b",
        r"\b(?:strive|try|do) (?:to be helpful|my best to help you)\b",
        r"\bthank(?:s| you) for (?:your|the) (?:question|message|understanding|patience|feedback"
        r"|interest|inquiry|input)\b",
        r"\bI(?:'m| am) (?:always )?here (?:to listen|if you need|for you if)\b"
        r"|\bif you need (?:someone to talk|to talk|a listening)\b",
        "(?:请问)?(?:您|你)(?:还)?(?:想|需要|要)(?:了解|咨询|知道|聊)(?:些|点)?(?:什么|哪些|哪方面)",
        "(?:还)?有(?:什么|其他|别的|任何)(?:其他|别的)?(?:问题|疑问)(?:吗|么|需要)",
        "(?:高兴|随时|竭诚|努力|能够?)为(?:您|你|大家)(?:效劳|服务)",
        "(?:谢谢|感谢)(?:您|你|大家)的(?:提问|反馈|关注|配合|分享|支持|理解|耐心)|需要我(?:帮忙|帮助|协助)(?:的?)(?:吗|么)",
        "(?:谢谢|感谢)支持",
        "祝(?:您|你)(?:生活|工作|一切|有(?:一)?个|度过)",
        "(?:您|你)(?:想|需要|愿意)[^。！？!?，,]{0,4}(?:倾诉|谈谈你|分享(?:你|您))|(?:陪伴|支持)着?(?:您|你)",
        "(?:有啥|有什么|有任何|需要)[^。！？!?]{0,12}随时(?:告诉|联系|找|问|来问|跟我|说)",
        "有什么问题[^。！？!?，,]{0,4}(?:都)?可以问我|一起(?:探讨|学习)(?:一下)?(?:如何|怎么)",
        "(?:为|给)(?:您|你|大家)们?(?:提供|带来)更?多?|如果(?:您|你)(?:对此)?感兴趣(?:的话)?[，,]",
        "(?:介绍|说明|提供|告诉我)(?:一下)?(?:您|你)的(?:专业|学习|具体|详细|基本|个人)",
        "(?:我)?(?:可能)?(?:表达|回答|解释)(?:的|得)(?:不|有)(?:太|够)?(?:准确|清楚|清晰|误)",
        "我(?:会|将)(?:尽力|努力)地?(?:回答|帮助|帮|满足|为)|我(?:可以|能|会|将)(?:尽量)?回答(?:您|你|大家|各种|任何|所有)",
        "我的(?:任务|职责|目标|使命|工作)就?是(?:为|让|帮助|协助|给|回答)(?:您|你|大家|用户|人们)",
        "(?:我(?:会|来)帮(?:您|你)的|我来帮(?:您|你))[。！!]",
        r"我很乐意给(?:您|你)(?:讲|介绍|解释)|下面(?:我)?(?:给|为)(?:您|你)",
    ),
)
