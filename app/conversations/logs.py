"""Write conversations as chat logs: a log for each branch, swipes for other replies. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.conversations.logged_stage import with_extra
from app.conversations.stage_view import IN_SCENE
from app.conversations.tree import MessageTree, StoredMessage
from app.db.models import Conversation
from characters.chat_logs.model import STAGE, ChatLog, LoggedMessage
from characters.json_values import JsonObject, JsonValue
from characters.language import prompt_language

_NARRATOR = "Narrator"
"""Who says the directions of a stage, as SillyTavern names them."""
_UNUSED = "unused"
"""Written for the names in a header by newer versions of SillyTavern."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Hold a path through a conversation, and where it leaves the visible one."""

    messages: Sequence[StoredMessage]
    fork: StoredMessage | None = None
    """The last message that it shares with the visible branch; None for that branch itself."""


def branches_of(tree: MessageTree, conversation: Conversation) -> list[Branch]:
    """Return the visible branch, then the branches that no swipe shows, the newest first.

    A reply without messages after it is a swipe of its alternatives. Edited messages and the
    replies to them are branches of their own.
    """
    visible = tree.branch(conversation.active_leaf_id)
    found = [Branch(visible)] if visible else []
    shown = _shown(tree, visible)
    known = {message.id for message in visible}
    for leaf in tree.leaves():
        if leaf.id in shown:
            continue
        messages = tree.branch(leaf.id)
        common = [message for message in messages if message.id in known]
        found.append(Branch(messages, common[-1] if common else None))
        shown |= _shown(tree, messages)
    return found


def _shown(tree: MessageTree, branch: Sequence[StoredMessage]) -> set[object]:
    """Return the ids of the messages that a log of this branch holds, swipes included."""
    return {each.id for message in branch for each in _swipes(tree, message)}


def _swipes(tree: MessageTree, message: StoredMessage) -> Sequence[StoredMessage]:
    """Return a reply and its alternatives; the user's message alone, which has no swipes."""
    return tree.siblings(message) if message.role == "assistant" else [message]


def to_log(
    conversation: Conversation, tree: MessageTree, branch: Sequence[StoredMessage]
) -> ChatLog:
    """Return one branch as a log; fields of an imported log are written out again."""
    header: JsonObject = dict(conversation.log_header or {})
    if header.get("user_name") != _UNUSED:
        header["user_name"] = conversation.user_name
    if tree.cast:
        header["chat_metadata"] = _metadata(header) | {STAGE: {"cast": [*tree.cast]}}
    return ChatLog(
        user_name=conversation.user_name,
        character_name=conversation.character.name,
        messages=tuple(_log(conversation, tree, message) for message in branch),
        created=conversation.created_at,
        header=header,
        title=conversation.title,
        language=prompt_language(conversation.character.language),
        user_in_scene=conversation.user_role in IN_SCENE,
        cast=tuple(tree.cast),
    )


def _log(conversation: Conversation, tree: MessageTree, message: StoredMessage) -> LoggedMessage:
    swipes = _swipes(tree, message)
    swiped = len(swipes) > 1 or bool(message.source.get("swiped"))
    kept: JsonObject = next((given for each in swipes if (given := _source(each, "message"))), {})
    is_user = message.role == "user"
    return LoggedMessage(
        name=_staged_name(tree, message, kept) or _speaker(conversation, kept, is_user=is_user),
        text=message.content,
        is_user=is_user,
        hidden=message.hidden,
        sent=message.created_at,
        swipes=tuple(each.content for each in swipes) if swiped else (),
        swipe=list(swipes).index(message),
        source=_with_stage(tree, message, {**_written_by(message), **kept})
        | (_infos(tree, swipes) if swiped else {}),
    )


def _staged_name(tree: MessageTree, message: StoredMessage, logged: JsonObject) -> str | None:
    """Return who says a message of a stage; None where that is the user, or there is no stage."""
    staged = tree.staged.get(message.id)
    if staged is None:
        return None
    if staged.kind == "line":
        return staged.speaker
    name = logged.get("name")
    return name if isinstance(name, str) and name else _NARRATOR


def _with_stage(tree: MessageTree, message: StoredMessage, source: JsonObject) -> JsonObject:
    """Return the fields of a message or a swipe, and who says and hears it."""
    staged = tree.staged.get(message.id)
    return source if staged is None else source | with_extra(source, STAGE, staged.as_json())


def _speaker(conversation: Conversation, logged: JsonObject, *, is_user: bool) -> str:
    """Return the speaker's name in the imported log, unless the user was renamed since."""
    name = logged.get("name")
    known = (conversation.log_header or {}).get("user_name", _UNUSED)
    renamed = is_user and known not in (_UNUSED, conversation.user_name)
    if isinstance(name, str) and name and not renamed:
        return name
    return conversation.user_name if is_user else conversation.character.name


def _written_by(message: StoredMessage) -> JsonObject:
    """Return the fields in which SillyTavern names the model of a reply."""
    return {"extra": {"api": "offbook", "model": message.model}} if message.model else {}


def _infos(tree: MessageTree, swipes: Sequence[StoredMessage]) -> JsonObject:
    infos: list[JsonValue] = [
        _with_stage(
            tree,
            each,
            _source(each, "swipe")
            or {"send_date": each.created_at.isoformat(), "extra": {}, **_written_by(each)},
        )
        for each in swipes
    ]
    return {"swipe_info": infos}


def _source(message: StoredMessage, part: str) -> JsonObject:
    value = message.source.get(part)
    return value if isinstance(value, dict) else {}


def _with_links(
    log: ChatLog, messages: Sequence[StoredMessage], forks: Sequence[tuple[StoredMessage, str]]
) -> ChatLog:
    """Return the visible branch's log, with the names of other logs at the forks to them."""
    names: dict[object, list[JsonValue]] = {}
    for fork, name in forks:
        names.setdefault(fork.id, []).append(name)
    linked = (
        _linked(logged, names.get(message.id, []))
        for logged, message in zip(log.messages, messages, strict=True)
    )
    return replace(log, messages=tuple(linked))


def _linked(logged: LoggedMessage, names: list[JsonValue]) -> LoggedMessage:
    if not names:
        return logged
    return replace(logged, source=logged.source | with_extra(logged.source, "branches", names))


def _with_parent(log: ChatLog, parent: str) -> ChatLog:
    """Return a branch's log, with the name of the log that it leaves."""
    header = dict(log.header or {})
    header["chat_metadata"] = {**_metadata(header), "main_chat": parent}
    return replace(log, header=header)


def _metadata(header: JsonObject) -> JsonObject:
    metadata = header.get("chat_metadata")
    return dict(metadata) if isinstance(metadata, dict) else {}


def named_logs(
    conversation: Conversation, tree: MessageTree, stem: str
) -> Iterator[tuple[str, ChatLog]]:
    """Yield a conversation's logs with their names.

    The first is the visible branch, called ``stem``; the others name it as the log they leave.
    """
    main, *others = branches_of(tree, conversation) or [Branch([])]
    names = [f"{stem} branch {number}" for number in range(1, len(others) + 1)]
    forks = [
        (branch.fork, name)
        for branch, name in zip(others, names, strict=True)
        if branch.fork is not None
    ]
    log = to_log(conversation, tree, main.messages)
    yield stem, _with_links(log, main.messages, forks)
    for branch, name in zip(others, names, strict=True):
        yield name, _with_parent(to_log(conversation, tree, branch.messages), stem)
