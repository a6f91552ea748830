"""Which errors an operation answers follows from what it needs, brings and changes."""

from typing import Any

import pytest

from app import dependencies as given
from app.cards.dependencies import get_cards
from app.casting.dependencies import get_casting
from app.http.refusal import Refusal, declare
from app.refusals import Facts, refusals
from app.scripts.dependencies import get_scripts
from app.turns.dependencies import get_turns

EVERYWHERE = {
    (403, "unknown_host"),
    (403, "open_service_is_local"),
    (403, "forwarded_to_open_service"),
    (431, "head_too_large"),
    (503, "service_stopping"),
}


def answered(**facts: Any) -> set[tuple[int, str]]:
    """Status and code of each error beside those of every operation."""
    plain: dict[str, Any] = {
        "openai": False,
        "changes": False,
        "body": "",
        "streams": False,
        "validates": False,
        "dependencies": (),
        "path_names": (),
        "names": (),
    }
    found = {(each.status, each.code) for each in refusals(Facts(**(plain | facts)))}
    assert found >= EVERYWHERE
    return found - EVERYWHERE


def test_an_operation_that_needs_nothing_has_the_errors_of_all() -> None:
    assert answered() == set()


def test_a_change_may_come_from_a_foreign_page() -> None:
    assert answered(changes=True) == {(403, "foreign_origin")}


def test_a_value_that_can_be_wrong_can_be_refused() -> None:
    assert answered(validates=True) == {(422, "invalid_request")}


READ = {(400, "http_error"), (408, "too_slow"), (413, "too_large"), (422, "invalid_request")}


def test_json_may_be_broken_slow_large_or_too_much() -> None:
    assert answered(body="json") == READ | {(413, "too_many_values")}
    admins = answered(body="json", dependencies=[given.get_admin])
    assert (413, "too_many_values") not in admins
    holders = answered(body="json", dependencies=[given.get_key_holder])
    assert (413, "too_many_values") in holders


def test_a_form_brings_a_file_that_has_to_be_read() -> None:
    files = {
        (422, "reading_too_slow"),
        (422, "reading_too_large"),
        (422, "reader_died"),
        (503, "too_many_uploads"),
        (503, "readers_unavailable"),
        (507, "storage_full"),
    }
    assert answered(body="form") == READ | files
    # What the file is for may change while it is read.
    of_one = answered(body="form", path_names=["slug"], names=["slug"])
    assert of_one == READ | files | {(409, "conflict"), (404, "character_not_found")}


def test_a_stream_reads_a_body_that_it_has_no_use_for() -> None:
    assert answered(streams=True) == {(408, "too_slow"), (413, "too_large")}


def test_recognising_a_caller_may_fail_in_either_api() -> None:
    recognising = {(429, "too_many_attempts"), (503, "database_unavailable")}
    guests = {(401, "sign_in_needed")}
    assert answered(dependencies=[given.get_caller]) == recognising | guests
    assert answered(dependencies=[given.get_visitor]) == recognising
    assert answered(dependencies=[given.get_identity]) == recognising
    openai = answered(openai=True, dependencies=[given.get_api_caller])
    assert openai == recognising | guests | {(401, "invalid_api_key")}
    admin = answered(dependencies=[given.get_admin])
    known = {(403, "admin_needed"), (403, "scope_missing")}
    assert admin == recognising | known | {(401, "admin_key_needed")}
    uploader = answered(dependencies=[given.get_uploader])
    closed = {(403, "uploads_closed"), (403, "scope_missing")}
    assert uploader == recognising | guests | closed
    person = answered(dependencies=[given.get_person])
    assert person == recognising | {(401, "account_needed")}


def test_some_errors_of_a_service_need_a_change_or_a_body() -> None:
    assert answered(dependencies=[get_scripts]) == set()
    changing = answered(dependencies=[get_scripts], changes=True)
    in_use = {(409, "conflict"), (409, "script_in_use")}
    assert changing == {(403, "foreign_origin"), (403, "not_yours"), *in_use}
    assert (413, "too_many_characters") in answered(dependencies=[get_casting], body="json")
    assert (413, "too_many_characters") not in answered(dependencies=[get_casting], changes=True)
    of_contents = {(500, "file_lost"), (503, "files_unavailable")}
    assert answered(dependencies=[get_cards]) == {(413, "card_too_large"), *of_contents}


def test_a_turn_may_fail_as_its_engine_may() -> None:
    found = answered(dependencies=[get_turns])
    assert {
        (429, "too_many_turns"),
        (502, "engine_error"),
        (503, "engine_unavailable"),
        (504, "engine_timeout"),
        (409, "turn_in_progress"),
        (409, "character_indexing"),
        (422, "context_too_long"),
    } <= found


@pytest.mark.parametrize(
    ("name", "missing", "unfit"),
    [
        ("slug", "character_not_found", ()),
        ("character", "character_not_found", ("character_unpublished", "not_met_yet")),
        ("conversation_id", "conversation_not_found", ()),
        ("message_id", "message_not_found", ("turn_in_progress",)),
        ("lorebook_id", "lorebook_not_found", ()),
        ("prefix", "key_not_found", ()),
        ("thing_id", "not_found", ()),  # of a feature that does not exist yet
    ],
)
def test_a_name_may_be_of_nothing_and_of_what_is_in_no_fit_state(
    name: str, missing: str, unfit: tuple[str, ...]
) -> None:
    read = answered(path_names=[name], names=[name])
    assert read == {(404, missing)}  # what is in no fit state is hidden from readers
    changed = answered(path_names=[name], names=[name], changes=True)
    unfit_found = {(409, code) for code in unfit}
    assert changed == {(404, missing), (403, "foreign_origin")} | unfit_found


def test_a_field_of_a_body_or_query_need_not_name_anything() -> None:
    assert answered(names=["limit", "label"]) == set()
    assert answered(names=["cursor"]) == {(422, "invalid_cursor")}
    assert answered(names=["content"]) == {(413, "message_too_long"), (422, "empty_message")}


def test_a_routes_own_errors_are_joined_by_their_status() -> None:
    declared = declare(
        Refusal(409, "first", "one"), Refusal(404, "other", "two"), Refusal(409, "last", "three")
    )
    assert declared == {
        409: {"description": "`first`: one; `last`: three"},
        404: {"description": "`other`: two"},
    }
    assert declare() == {}
