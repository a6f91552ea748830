"""The state of a running turn, and what wakes those who save it."""

from app.db.ids import new_id
from app.observability import Metrics
from app.turns.pending_prompt import PendingPrompt
from app.turns.prompt_builder import PromptBuilder
from app.turns.reply_times import ReplyTimes
from app.turns.turn import Turn
from tests.app.turns.prompts import character, dialogue


def new_turn() -> Turn:
    talk = dialogue("Hi.")
    return Turn(
        id=new_id(),
        conversation_id=new_id(),
        dialogue=talk,
        pending=PendingPrompt(object.__new__(PromptBuilder), character(), talk),
        parent_id=new_id(),
        times=ReplyTimes(Metrics(), 0.0),
    )


def test_text_is_what_listeners_get() -> None:
    turn = new_turn()
    for piece in ("The ", "lamp ", "灯"):
        turn.append(piece)
    assert turn.text == turn.progress.text == "The lamp 灯"


def test_only_the_first_text_is_news() -> None:
    turn = new_turn()
    turn.append("")
    assert not turn.news.is_set()
    turn.append("x")
    assert turn.news.is_set()
    turn.news.clear()
    turn.append("y")
    assert not turn.news.is_set()


def test_being_followed_is_news_once() -> None:
    turn = new_turn()
    turn.follow(followed=True)
    assert (turn.followed, turn.news.is_set()) == (True, True)
    turn.news.clear()
    turn.follow(followed=True)
    turn.follow(followed=False)
    assert (turn.followed, turn.news.is_set()) == (False, False)


def test_the_end_is_news() -> None:
    turn = new_turn()
    turn.end()
    assert (turn.over, turn.generating, turn.news.is_set()) == (True, False, True)


def test_a_reply_has_the_turns_id_but_where_it_is_continued() -> None:
    turn = new_turn()
    assert turn.progress.begin.reply_id == turn.id
    turn.continues = new_id()
    assert turn.reply_id == turn.continues
