"""Events, wherever the network cut them."""

from app.tools.bench.events import EventReader

STREAM = 'event: delta\ndata: {"text": "好"}\n\n: ping\n\ndata: [DONE]\n\n'.encode()


def test_events_survive_any_cut() -> None:
    expected = [(b"delta", '{"text": "好"}'.encode()), (b"", b"[DONE]")]
    for size in (1, 2, 7, len(STREAM)):
        reader = EventReader()
        chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
        assert [event for chunk in chunks for event in reader.feed(chunk)] == expected
