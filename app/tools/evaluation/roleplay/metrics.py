"""List the dimensions of CharacterEval, with the question to a judge about each.

The names are those of ``id2metric.jsonl``. Groups and meanings are those of the paper (arXiv
2401.01275, section 4), in Offbook's own words.
"""

from dataclasses import dataclass
from typing import Literal

from app.tools.evaluation.judges.penalty import FULL
from app.tools.evaluation.judges.penalty_prompts import DIMENSIONS

LOWEST, HIGHEST = 1.0, 5.0
"""The scale of every score."""

OTHER = "other"
"""The group of metrics that are not in the paper."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Hold one of the paper's metrics."""

    zh: str
    group: str
    question: str
    """To the judge, in the benchmark's language."""


METRICS = {
    "Fluency": Metric(
        "对话流利度",
        "conversation",
        "这句回复通顺吗？看语法、用词是否自然，有没有病句、乱码或重复。",
    ),
    "Coherence": Metric(
        "对话连贯性", "conversation", "这句回复接得上对方刚说的话吗？有没有跑题或答非所问。"
    ),
    "Consistency": Metric(
        "对话一致性",
        "conversation",
        "这句回复与前面已经说过的话、发生过的事相符吗？有没有自相矛盾。",
    ),
    "Exposure": Metric(
        "知识曝光度",
        "character",
        "这句回复透露了多少角色自己的信息？看它是否用到身世、经历、关系等资料。",
    ),
    "Accuracy": Metric(
        "知识准确率", "character", "回复里提到的角色信息与资料相符吗？说错越多，分数越低。"
    ),
    "Hallucination": Metric(
        "知识幻觉性",
        "character",
        "回复里有没有资料和对话都不支持、或角色不可能知道的内容？编造越少，分数越高。",
    ),
    "Behavior": Metric(
        "行为一致性",
        "character",
        "回复里描写的动作、神态（常在括号里）像这个角色会做的吗？没有描写则分数低。",
    ),
    "Utterance": Metric(
        "言语一致性",
        "character",
        "回复的口吻、用词、说话习惯像这个角色本人吗？换个人说也一样则分数低。",
    ),
    "Humanlikeness": Metric(
        "类人程度", "attraction", "这句回复像真人说的吗？像机器、像客服、像说明书则分数低。"
    ),
    "Communication_skills": Metric(
        "交流技巧", "attraction", "角色会聊天吗？看它是否懂得接话、提问、照顾对方，让人愿意聊下去。"
    ),
    "Diversity": Metric(
        "表现多样性",
        "attraction",
        "这句回复的表达丰富吗？看语言、情绪、动作是否有变化，而不是干巴巴一句。",
    ),
    "Empathy": Metric(
        "共情度", "attraction", "角色体会到对方的情绪，并作了合适的回应吗？冷漠或视而不见则分数低。"
    ),
}
"""In the paper's order: conversational ability, character consistency, attractiveness."""

FLAWS = {
    en: Metric(of.zh, "flaws", of.looks_for["zh"])
    for en, of in DIMENSIONS.items()
    if not of.needs_truth
}
"""The dimensions of the protocol ``penalty``, but the one that needs the true reply."""

Protocol = Literal["scores", "penalty"]
"""``scores``: each of the benchmark's metrics from 1 to 5; ``penalty``: CoSER's dimensions, points
taken from 100."""

SCALES: dict[Protocol, tuple[float, float]] = {"scores": (LOWEST, HIGHEST), "penalty": (0.0, FULL)}

PERSONALITY = "MBTI"
"""The thirteenth metric, personality back-testing: of a character rather than of a reply."""

GROUPS = {
    "conversation": "conversational ability",
    "character": "character consistency",
    "attraction": "role-playing attractiveness",
    "flaws": "points left of 100, all dimensions",
}
