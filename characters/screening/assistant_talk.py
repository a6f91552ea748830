"""List how assistants announce what they hand over, and their code.

A character may hand something over as well: "Of course, here's your tea."
"""

from characters.screening.phrases import STOP, table

OPENER = (
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
        rf"{OPENER}(?:{_HERE}|below (?:is|are)|the following (?:is|are)) (?:one|another(?:"
        rf" one)?|it)(?: for you)?\s*[:：]",
        rf"{OPENER}(?:{_HERE}|below (?:is|are)|the following (?:is|are)|this is) {_SOME} "
        rf"(?:[\w-]+ ){{0,4}}?{_TECHNICAL}",
        rf"{OPENER}{_HERE} {_SOME} (?:[\w-]+ ){{0,4}}?{_RECITED}[^.!?\n]{{0,50}}[:：]",
        rf"{OPENER}(?:I can|I'll|I will|let me) (?:help(?: you)? (?:with (?:that|this)|write"
        rf"|create|generate)"
        rf"|provide|generate|create|write (?:you )?an?) ?(?:\w+ ){{0,4}}?(?:{_TECHNICAL}"
        rf"|{_RECITED}|information|{STOP})",
        rf"^\W*(?:{_HERE}|below (?:is|are)) {_SOME} (?:(?:simple|basic|short|brief|possible"
        rf"|sample|revised"
        rf"|concise|detailed|quick|potential) )+(?:\w+ )?(?:{_TECHNICAL}|{_RECITED})",
        rf"^\W*(?:{_HERE}|below (?:is|are)) {_SOME} (?:[\w-]+ ){{0,2}}?(?:{_TECHNICAL}"
        rf"|{_RECITED})[^.!?\n]{{0,50}}[:：]\s*(?:$|\n|\d|[-*])",
        rf"{OPENER}I can help you with your (?:homework|question|request|task|assignment"
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

CODE = table(
    "assistant_talk",
    (
        r"```|`[^`\n]{3,}`|\w\[::?-?\d*\]",
        r"^\s*(?:def|class) \w+ ?\(",
        r"^\s*(?:import|from) \w+\s*(?:$|\n|import )",
        r"\b(?:the|this|following) code\b|\blist comprehension\b|\bslicing\b|\bin Python\b",
        r"\belements? (?:in|of) the (?:list|array)\b",
        r"\w\(\)",
        r"\bpython (?:function|script|code|program|class)\b",
        r"\bsimple (?:python|program)\b|\bC\+\+|\bJavaScript\b|\bprogramming language\b",
        "Python ?(?:函数|代码|程序|脚本)|代码(?:如下|示例)",
    ),
    unless=(
        r"python|java|C\+\+|\bcod(?:er|ing)\b|\bprogram(?:s|mers?|ming)\b|software|代码|程序员"
        r"|编程"
    ),
)
