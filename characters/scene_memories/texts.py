"""Provide the texts of the prompts for scene memories, in Chinese and in English."""

from dataclasses import dataclass

from characters.language import Language


@dataclass(frozen=True, slots=True)
class Texts:
    """Hold a prompt's texts beside the scene; ``{name}`` is the character's."""

    system: str
    scene: str
    gap: str
    """Stands for lines that a long scene's prompt leaves out."""
    question: str
    completion: str
    """Replaces the question where a text is continued."""
    opening: str
    """The first word of the answer: it keeps a small model in the first person."""
    example_name: str
    example_scene: str
    example: str
    """An answer to the scene above it; it shows the form better than rules do."""


TEXTS: dict[Language, Texts] = {
    "zh": Texts(
        system=(
            "你是下面这场戏里的{name}，写下你对这场戏的记忆。用第一人称，像回忆往事一样写一两句话，"
            "写出别人的名字。只写戏里发生的事，不编造，不照抄台词。"
        ),
        scene="一场戏：\n",
        gap="……\n",
        question="{name}记得这场戏里发生了什么？用一两句话写，以“我”开头。",
        completion="{name}对这场戏的记忆，一两句话：\n",
        opening="我",
        example_name="老周",
        example_scene=(
            "小满：老周，小螺丝刀呢？\n老周：借给面包铺了，他还没还。\n"
            "小满：那你中午以前去拿回来。\n老周：行，我这就去。\n"
        ),
        example="我把小螺丝刀借给了面包铺，一直没要回来。小满问起来，我答应中午以前去拿。",
    ),
    "en": Texts(
        system=(
            "You are {name} in the scene below, and write down what you remember of it: one or two "
            "sentences in the first person and the past tense, with the names of the others. Write "
            "only what happens in the scene; invent nothing and do not quote."
        ),
        scene="A scene:\n",
        gap="…\n",
        question=(
            "What does {name} remember of this scene? Answer in one or two sentences that begin "
            'with "I".'
        ),
        completion="What {name} remembers of this scene, in one or two sentences:\n",
        opening="I",
        example_name="Nora",
        example_scene=(
            "Nora: Tom, where is the small screwdriver?\nTom: I lent it to the baker. He has not "
            "brought it back.\nNora: Then fetch it before noon.\nTom: I am going already.\n"
        ),
        example=(
            "I missed my small screwdriver, and Tom admitted that he had lent it to the baker. "
            "I sent him to fetch it before noon."
        ),
    ),
}
