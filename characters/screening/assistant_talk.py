"""List what assistants say beside refusals: announcements, offers of service, code.

A character may be glad to help, and may hand something over: "Of course, here's your tea."
"""

from characters.screening.phrases import STOP, table

_OPENER = (
    r"^\W*(?:sure(?: thing)?|certainly|of course|absolutely|definitely|okay|ok|alright|great"
    r"|no problem|got it|understood|yes)\b[!,.:;]*\s*"
)
_HERE = r"here(?:'s| is| are)"
_SOME = r"(?:an?|some|a few|several|two|three|four|five|\d+|the requested|the)"
_TECHNICAL = (
    r"(?:python|javascript|code|functions?|snippet|program|implementation|examples?|response|reply"
    r"|summary|translation|version|paragraph|explanation|overview|step-by-step)\b"
)
_RECITED = (
    r"(?:story|joke|poem|haiku|limerick|list|sentences?|steps?|tips|suggestions|ideas|ways"
    r"|riddle|quote|dialogue|lines?)\b"
)
_OFFER = (
    r"I(?:'d| would|'ll| will|'m| am) (?:be )?(?:more than )?(?:happy|glad|pleased|delighted"
    r"|here) to"
)

_OPENER_ZH = (
    r"^\W*(?:当然(?:可以|没问题|了|啦)?|好的|没问题|可以的?|明白了?|(?:非常"
    r"|很)乐意)[！!，,。.：:~～\s]*"
)
_ARTEFACT_ZH = (
    "(?:示例|例子|代码|函数|程序|建议|方法|步骤|回答|回复|故事|诗|笑话|列表|对话|台词|内容"
    "|翻译|句子|段落|解释|总结)"
)

ANNOUNCEMENTS = table(
    "assistant_talk",
    (
        rf"{_OPENER}(?:{_HERE}|below (?:is|are)|the following (?:is|are)) (?:one|another(?:"
        rf" one)?|it)(?: for you)?\s*[:：]",
        rf"{_OPENER}(?:{_HERE}|below (?:is|are)|the following (?:is|are)|this is) {_SOME} "
        rf"(?:[\w-]+ ){{0,4}}?{_TECHNICAL}",
        rf"{_OPENER}{_HERE} {_SOME} (?:[\w-]+ ){{0,4}}?{_RECITED}[^.!?\n]{{0,50}}[:：]",
        rf"{_OPENER}(?:I can|I'll|I will|let me) (?:help(?: you)? (?:with (?:that|this)|write"
        rf"|create|generate)"
        rf"|provide|generate|create|write (?:you )?an?) ?(?:\w+ ){{0,4}}?(?:{_TECHNICAL}"
        rf"|{_RECITED}|information|{STOP})",
        rf"^\W*(?:{_HERE}|below (?:is|are)) {_SOME} (?:(?:simple|basic|short|brief|possible"
        rf"|sample|revised"
        rf"|concise|detailed|quick|potential) )+(?:\w+ )?(?:{_TECHNICAL}|{_RECITED})",
        rf"^\W*(?:{_HERE}|below (?:is|are)) {_SOME} (?:[\w-]+ ){{0,2}}?(?:{_TECHNICAL}"
        rf"|{_RECITED})[^.!?\n]{{0,50}}[:：]\s*(?:$|\n|\d|[-*])",
        rf"{_OPENER}I can help you with your (?:homework|question|request|task|assignment"
        r"|project|essay)\b",
        r"\bare as follows\b|(?:指令|要求|回答|步骤|内容|信息)如下",
        r"^\W*(?:that's an? |what an? )?(?:great|excellent|interesting) question[!.]",
        rf"{_OPENER_ZH}(?:以下|下面|这里|这儿|这)就?(?:是|有|为)[^。！？!?\n]{{0,30}}?"
        rf"(?:{_ARTEFACT_ZH}|[：:]\s*(?:$|\n))",
        r"^\W*当然(?:可以|没问题)?[！!，,。.~～\s]*以下(?:是|为)",
        rf"^\W*(?:以下|下面)(?:是|为)(?:一[个些段份篇首则句]|几[个条种句]|关于|我|对|根据"
        rf"|用)?[^。！？!?\n，,]{{0,24}}?{_ARTEFACT_ZH}",
        rf"{_OPENER_ZH}我(?:可以|会|来|将|很乐意|非常乐意|很高兴)?(?:帮助?|为|给)(?:您|你)"
        rf"(?:写|提供|生成|创作|列出|编写|解答|总结|翻译|分析)",
    ),
)

SERVICE = table(
    "assistant_talk",
    (
        rf"{_OPENER}{_OFFER} (?:help|assist)(?: you)?(?: (?:with|in) [^.!?]{{1,30}})?{STOP}",
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
        rf"\blet me know if (?:you need anything(?: else)?|there(?:'s| is) anything else){STOP}",
        r"\bfeel free to (?:ask|reach out|share|contact me)\b",
        r"\bI(?:'m| am) here to (?:help|assist|serve you|support you)\b",
        r"\b(?:can|could) you (?:please )?tell me (?:a bit |a little )?more about\b",
        r"\bthank(?:s| you) for (?:reaching out|sharing (?:that|this|your)|asking[.!,]* and)\b",
        r"\blet's talk about something (?:else|more|positive|different)\b",
        r"\bhave a (?:great|wonderful|nice|lovely) day(?: ahead)?[.!]*$",
        rf"\bwhat can I (?:help|assist) you with\b|\bI hope (?:this|that) helps{STOP}",
        "有什么(?:是)?我?(?:可以|能够?)(?:(?:帮助|协助)(?:到)?(?:您|你)|帮到?(?:您|你)的)",
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
    ),
)

CODE = table(
    "assistant_talk",
    (
        r"```|`[^`\n]{3,}`|\w\[::?-?\d*\]",
        r"^\s*(?:def|class) \w+ ?\(",
        r"^\s*(?:import|from) \w+\s*(?:$|\n|import )",
        r"\b(?:the|this|following) code\b|\blist comprehension\b|\bslicing\b|\bin Python\b",
        r"\belements? (?:in|of) the (?:list|array)\b",
        r"\bpython (?:function|script|code|program|class)\b",
        r"\bsimple python\b|\bC\+\+|\bJavaScript\b|\bprogramming language\b",
        "Python ?(?:函数|代码|程序|脚本)|代码(?:如下|示例)",
    ),
    unless=(
        r"python|java|C\+\+|\bcod(?:er|ing)\b|\bprogram(?:s|mers?|ming)\b|software|代码|程序员"
        r"|编程"
    ),
)
