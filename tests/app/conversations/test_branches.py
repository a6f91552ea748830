"""Whatever the tree, its logs hold every message of it."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.conversations.logs import named_logs
from app.conversations.tree import MessageTree, StoredMessage
from app.db.base import utc_now
from app.db.models import Character, Conversation

NOW = utc_now()

nodes = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=25)


def grown(shape: list[tuple[int, bool]]) -> list[StoredMessage]:
    """A tree: each message follows an earlier one, or nobody, and neighbours take turns."""
    messages: list[StoredMessage] = []
    for number, (choice, at_root) in enumerate(shape):
        parent = None if at_root or not messages else messages[choice % len(messages)]
        role = "user" if parent is not None and parent.role == "assistant" else "assistant"
        messages.append(
            StoredMessage(
                id=UUID(int=number + 1),
                parent_id=parent.id if parent else None,
                role=role,
                content=f"text {number}",
                hidden=False,
                model=None,
                created_at=NOW,
            )
        )
    return messages


@given(shape=nodes, chosen=st.integers(0, 30))
def test_every_message_is_in_a_log(shape: list[tuple[int, bool]], chosen: int) -> None:
    messages = grown(shape)
    tree = MessageTree(messages)
    conversation = Conversation(
        user_name="Ada", active_leaf_id=tree.leaves()[chosen % len(tree.leaves())].id
    )
    conversation.created_at = NOW
    conversation.character = Character(name="Ben")
    logs = dict(named_logs(conversation, tree, "chat"))
    held = {
        text for log in logs.values() for each in log.messages for text in (each.text, *each.swipes)
    }
    assert held == {message.content for message in messages}
    active = tree.branch(conversation.active_leaf_id)
    assert [each.text for each in logs["chat"].messages] == [each.content for each in active]
    assert len(logs) <= len(tree.leaves())
    extras = [each.source.get("extra") for each in logs["chat"].messages]
    branches = [extra["branches"] for extra in extras if isinstance(extra, dict)]
    linked = [name for names in branches if isinstance(names, list) for name in names]
    assert len(linked) == len({*map(str, linked)})
    assert {*map(str, linked)} <= logs.keys()
    assert all(log.parent == "chat" for name, log in logs.items() if name != "chat")
