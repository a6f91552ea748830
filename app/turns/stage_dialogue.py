"""Load the dialogue of a participant's turn: what it witnessed, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.history import BranchLine
from app.conversations.stage_view import IN_SCENE, cue_line
from app.turns.cue import StagePart
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.memory import ConversationPast
from app.turns.prefix_layouts import ExampleOrders, previous_example_order
from app.turns.store import Claim
from characters.language import prompt_language
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
    """Return what a participant knows up to the last message of ``path``, as its dialogue."""
    who = part.member.participant
    dialogue, lines = stage_dialogue(part, path.messages)
    own = [each for each in path.messages if _speaker(part, each.id) == who.id]
    return replace(
        dialogue,
        continued=without_thoughts(continued.content) if continued else "",
        example_order=await previous_example_order(own, orders, claim.branches),
        past=ConversationPast(
            claim.conversation, lines, part.character.id, dialogue.persona.user_name
        ),
        unread=path.start,
    )


def stage_dialogue(
    part: StagePart, messages: Sequence[BranchMessage]
) -> tuple[DialogueContext, list[BranchLine]]:
    """Return what a participant knows of a stage's ``messages``, as its dialogue and its lines.

    Its instructions name the others that it has met, in the order of meeting, so that the
    beginning of its prompt changes only when it meets someone.
    """
    stage, who = part.stage, part.member.participant
    conversation = stage.conversation
    seed = str(conversation.id)
    user = conversation.user_name if conversation.user_role in IN_SCENE else ""
    met = stage.others_of(who.id)
    language = prompt_language(part.character.language)
    names = texts.join_names(met, language)
    persona = persona_of(part.character, user or names, seed, conversation.until_scene)
    about = conversation.user_description if user else ""
    persona = replace(
        persona,
        name=who.name,  # another character may have the name that it has elsewhere
        user_name=names,
        instructions=texts.stage_instructions(
            who.name, met, language, note=who.note, about=f"{user}: {about}" if about else ""
        ),
    )
    lines = cue_line(stage.lines(part.member, messages, language), who.name, language)
    everyone = [each.participant.name for each in stage.cast if each.participant.id != who.id]
    dialogue = DialogueContext(
        persona=persona,
        history=[line.utterance for line in lines] or [Utterance("user", "…")],
        seed=seed,
        until_scene=conversation.until_scene,
        others=[*everyone, *([user] if user else ())],
        addressed=user or names,
    )
    return dialogue, lines


def _speaker(part: StagePart, message: UUID) -> object:
    event = part.stage.ledger.event(message)
    return None if event is None else event.speaker
