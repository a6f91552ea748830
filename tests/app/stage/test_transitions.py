"""Who follows whom in the scripts of a cast, counted once for all its conversations."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from app.conversations.participants import ParticipantRepository
from app.db.scenes import SceneRepository
from app.stage.transitions import CastTransitions
from characters.scripts.model import Scene
from characters.stage.transitions import Transitions
from tests.app.running import Json, Running
from tests.app.stage.staging import make_cast, open_stage
from tests.app.stage.test_same_names import make_two_bens

pytestmark = pytest.mark.anyio


async def count(
    stage: Running, counting: CastTransitions, opened: Json, until_scene: int | None = None
) -> tuple[Transitions, list[UUID]]:
    """The counts of a stage's cast, and its participants' ids in their order."""
    async with stage.services.database.read() as session:
        cast = await ParticipantRepository(session, UUID(opened["id"])).cast()
    transitions = await counting.of(cast, until_scene)
    return transitions, [each.participant.id for each in cast]


async def test_of_two_of_one_name_each_has_the_turns_of_its_own_script(stage: Running) -> None:
    await make_two_bens(stage)
    opened = await open_stage(stage, "anna", "ben", "ben-2")
    counting = CastTransitions(stage.services.database)
    transitions, [anna, ben, other] = await count(stage, counting, opened)
    # Turns: Ben 3, of the other script 2; together with what the prior counts as, 4 to 3.
    assert transitions.probabilities([], [ben, other]) == pytest.approx({ben: 4 / 7, other: 3 / 7})
    # After Anna: Ben twice, the other never. After Dora, who is not on stage: the other once.
    after_anna = transitions.probabilities([anna], [ben, other])
    assert after_anna == pytest.approx({ben: (2 + 8 / 7) / 4, other: (6 / 7) / 4})
    after_dora = transitions.probabilities(["Dora"], [ben, other])
    assert after_dora == pytest.approx({ben: (8 / 7) / 3, other: (1 + 6 / 7) / 3})
    # Before the second scene: Anna, Ben, Anna.
    early, _ = await count(stage, counting, opened, until_scene=1)
    assert early.probabilities([], [anna, ben]) == pytest.approx({anna: 3 / 5, ben: 2 / 5})


async def test_a_script_is_read_once_for_all_conversations(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_cast(stage)
    first, second = await open_stage(stage), await open_stage(stage)
    read: list[Sequence[UUID]] = []
    stream = SceneRepository.stream

    async def watched(self: SceneRepository, revisions: Sequence[UUID]) -> AsyncIterator[Scene]:
        read.append(revisions)
        async for scene in stream(self, revisions):
            yield scene

    monkeypatch.setattr(SceneRepository, "stream", watched)
    counting = CastTransitions(stage.services.database)
    one, [anna, ben, _] = await count(stage, counting, first)
    other, [anna_again, ben_again, _] = await count(stage, counting, second)
    assert len(read) == 1
    assert anna != anna_again
    likely = one.probabilities([anna], [ben])
    assert other.probabilities([anna_again], [ben_again]) == {ben_again: likely[ben]}
    counting.forget()
    await count(stage, counting, first)
    assert len(read) == 2
