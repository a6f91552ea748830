"""What an engine was asked can be read back, and only by this user."""

from pathlib import Path

from app.engines.port import ChatMessage, Sampling
from app.engines.recording import CallRecorder, EngineCall, read_calls


def test_calls_are_read_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    recorder = CallRecorder(path)
    sampling = Sampling(max_tokens=7, extra={"logit_bias": [["a", -8]]})
    chat = [ChatMessage("system", "你是三三。"), ChatMessage("user", "a\nb")]
    recorder.record(EngineCall("prompt\n三三:", sampling, ("\nuser:",), "talk", "mei-1"))
    recorder.record(EngineCall(chat, Sampling(), ()))
    assert list(read_calls(path)) == [
        EngineCall("prompt\n三三:", sampling, ("\nuser:",), "talk", "mei-1"),
        EngineCall(chat, Sampling(), ()),
    ]
    assert path.stat().st_mode & 0o077 == 0
    recorder.close()
