"""UUIDv7."""

import time

from app.db.ids import created_ms, new_id


def test_ids_are_version_7_and_tell_their_time() -> None:
    before = time.time_ns() // 1_000_000
    id = new_id()
    assert id.version == 7
    assert id.variant == "specified in RFC 4122"
    assert before <= created_ms(id) <= time.time_ns() // 1_000_000


def test_ids_sort_by_time_also_within_a_millisecond() -> None:
    ids = []
    for _ in range(50):
        ids.append(new_id())
        time.sleep(0.000_01)
    assert ids == sorted(ids)
    assert len(set(ids)) == 50
