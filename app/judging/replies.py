"""Judge generated replies, and the true ones beside them, by the character's own lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.judging.cast import CastJudge, Recognised
from app.judging.copying import Copied, SourceLines
from app.judging.generation import GeneratedReply
from app.search.benchmark.corpus import Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedText:
    """Hold a reply with what is measured of it."""

    text: str
    recognised: Recognised
    own: Copied
    """What it shares with the character's lines outside the scenes held out."""
    shown: Copied
    """What it shares with the lines that its prompt shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedReply:
    """Hold what was said at one held-out question: by the engine, and in the script."""

    character: str
    fold: int
    question: int
    scene: int
    generated: JudgedText
    true: JudgedText
    tokens: int
    seconds: float
    """As of :class:`~app.judging.generation.GeneratedReply`."""

    @property
    def key(self) -> tuple[str, int, int]:
        """Identify the question among those of all characters."""
        return self.character, self.fold, self.question


def judge_replies(
    folds: Sequence[Fold], judge: CastJudge, replies: Sequence[GeneratedReply]
) -> list[JudgedReply]:
    """Return the replies with their figures, by question. Embeds them, which takes seconds."""
    judged = []
    for number, fold in enumerate(folds):
        of_fold = sorted((each for each in replies if each.fold == number), key=lambda it: it.key)
        own = SourceLines(fold.line_texts)
        true = [fold.questions[each.question].truth for each in of_fold]
        said = judge.recognise(number, [each.text for each in of_fold])
        meant = judge.recognise(number, true)
        for reply, truth, of_reply, of_truth in zip(of_fold, true, said, meant, strict=True):
            shown = SourceLines(reply.examples)
            judged.append(
                JudgedReply(
                    character=judge.character,
                    fold=reply.fold,
                    question=reply.question,
                    scene=reply.scene,
                    generated=_judged(reply.text, of_reply, own, shown),
                    true=_judged(truth, of_truth, own, shown),
                    tokens=reply.tokens,
                    seconds=reply.seconds,
                )
            )
    return judged


def _judged(text: str, recognised: Recognised, own: SourceLines, shown: SourceLines) -> JudgedText:
    return JudgedText(
        text=text, recognised=recognised, own=own.copied(text), shown=shown.copied(text)
    )
