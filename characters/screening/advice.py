"""List the advice of assistants: counsel from a leaflet, and steps in order."""

from characters.screening.phrases import table

ADVICE = table(
    "assistant_talk",
    (
        r"\bit(?:'s| is)(?: always)? (?:important|essential|crucial|recommended|advisable) (?:to"
        r"|that|for)\b",
        r"\bit(?:'s| is) (?:okay|ok|normal|natural) to feel\b",
        r"\b(?:health|healthcare|medical|qualified|licensed|trained) professionals?\b"
        r"|\bprofessional help\b|\bseek(?:ing)? (?:help|support|advice|assistance)\b",
        r"\bconsider (?:talking|speaking|reaching|seeking|trying|taking)\b",
        r"\bI understand (?:that )?you(?:'re| are| may be) (?:feeling|going through)\b",
        r"\bsorry to hear (?:that )?you(?:'re| are) (?:feeling|going through|having)\b",
        r"^\W*(?:in conclusion|in summary|to summari[sz]e)\b",
        r"^\W*(?:step )?1[.)、:：]\s|^\W*here are (?:a few|some) (?:things|ways|tips)\b",
        "(?:寻求|咨询|联系)[^。！？!?，,]{0,6}(?:专业|医生|心理)|(?:心理|专业)(?:咨询|医生|人士|帮助)",
        "(?:积极|乐观|良好)的(?:心态|态度|情绪)|请查看[^。！？!?]{0,6}预报",
        "(?:理解|明白)(?:您|你)的(?:感受|心情|感觉)|抱歉听到|(?:听到|得知)[^。！？!?]{0,12}(?:抱歉|遗憾)",
        "(?:您|你)可以(?:尝试|试着|考虑|通过)|首先[，,](?:您|你)(?:需要|可以|要)",
        "^\\W*(?:综上所述|总结(?:来说|一下))|^\\W*这里有(?:一些|几[个条])",
    ),
    unless=r"doctor|nurse|therap|counsel|teacher|医生|护士|心理|老师|教练",
)
