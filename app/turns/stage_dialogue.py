"""Load the dialogue of a participant's turn: what it witnessed, and nothing else."""

from dataclasses import replace
from uuid import UUID

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.stage_view import IN_SCENE, cue_line
from app.turns.cue import StagePart
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.memory import ConversationPast
from app.turns.prefix_layouts import ExampleOrders, previous_example_order
from app.turns.store import Claim
from characters.language import Language
from characters.prompting import Utterance
from characters.prompting.thoughts import without_thoughts
from characters.stage import texts


async def load_stage_dialogue(
    claim: Claim,
    path: BranchPath,
    orders: ExampleOrders,
    continued: BranchMessage | None,
    part: StagePart,
) -> DialogueContext:
    """Return what a participant knows up to the last message of ``path``, as its dialogue.

    Its instructions name the others that it has met, in the order of meeting, so that the
    beginning of its prompt changes only when it meets someone.
    """
    conversation, stage, who = claim.conversation, part.stage, part.member.participant
    seed = str(conversation.id)
    user = conversation.user_name if conversation.user_role in IN_SCENE else ""
    met = stage.others_of(who.id)
    language: Language = "zh" if part.character.language == "zh" else "en"
    names = texts.join_names(met, language)
    persona = persona_of(part.character, user or names, seed, conversation.until_scene)
    about = conversation.user_description if user else ""
    persona = replace(
        persona,
        user_name=names,
        instructions=texts.stage_instructions(
            who.name, met, language, note=who.note, about=f"{user}: {about}" if about else ""
        ),
    )
    lines = cue_line(stage.lines(part.member, path.messages, language), who.name, language)
    own = [each for each in path.messages if _speaker(part, each.id) == who.id]
    everyone = [each.participant.name for each in stage.cast if each.participant.id != who.id]
    return DialogueContext(
        persona=persona,
        history=[line.utterance for line in lines] or [Utterance("user", "…")],
        continued=without_thoughts(continued.content) if continued else "",
        example_order=await previous_example_order(own, orders, claim.branches),
        seed=seed,
        until_scene=conversation.until_scene,
        past=ConversationPast(conversation, lines, part.character.id, names),
        unread=path.start,
        others=[*everyone, *([user] if user else ())],
        addressed=user or names,
    )


def _speaker(part: StagePart, message: UUID) -> object:
    event = part.stage.ledger.event(message)
    return None if event is None else event.speaker
