"""A cursor is the id of a page's last item, or it is refused."""

import pytest

from app.db.ids import new_id
from app.errors import InvalidError
from app.paging import parse_cursor


def test_a_cursor_that_a_page_gave_is_an_id() -> None:
    id = new_id()
    assert parse_cursor(str(id)) == id
    assert parse_cursor(None) is None


@pytest.mark.parametrize(
    "cursor",
    ["", "1", "next", "019c0000-0000-7000-8000-00000000000", "g" * 32, "三" * 32, "\x00", "'--"],
)
def test_another_text_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_cursor(cursor)
    assert caught.value.code == "invalid_cursor"
