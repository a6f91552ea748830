"""Find who said what in the answers of speech recognisers that list words, phrases or sentences.

- Amazon Transcribe: ``results.audio_segments``, or ``results.items`` and ``speaker_labels``.
- Deepgram: ``results.channels[].alternatives[].paragraphs``, or ``words`` with a speaker.
- Google: ``results[].alternatives[].words`` with ``speakerTag`` or ``speakerLabel``.
- Azure: ``recognizedPhrases`` with ``nBest``, or ``phrases``.
- Rev: ``monologues`` of ``elements``. Speechmatics: ``results`` of ``alternatives``.
- ElevenLabs: ``words`` with ``speaker_id``. IBM: ``speaker_labels`` beside ``timestamps``.

Words of one speaker in a row are one line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.json.values import Dialogue, text_of

SPEAKERS = ("speaker", "speaker_label", "speakerLabel", "speaker_name", "speakerTag", "speaker_id")
_WORDS = ("punctuated_word", "content", "word", "text", "value")
_TURN_WORDS = 1_000
"""Most words of one line."""
_NO_SPACE_BEFORE = re.compile(r"[.,!?;:…%)\]，。！？；：、）」』”]")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")

Object = Mapping[str, Value]
Said = tuple[str | None, Text]
"""A speaker, None for one that is not known, and a word or a sentence."""


def find_speech(record: Value) -> list[Dialogue] | None:
    """Return what was recognised, by speaker; None for a record of no known shape."""
    if not isinstance(record, dict):
        return None
    results = record.get("results")
    for said in (
        _phrases(record),
        _monologues(record),
        _amazon(results, record),
        _deepgram(results),
        _ibm(record),
        _alternatives(results),
        _words(record.get("words")),
    ):
        lines = list(said)
        if any(speaker is not None for speaker, _ in lines):
            return [Dialogue(list(_join(lines)))]
    return None


def speaker_of(value: Value) -> str | None:
    """Return the speaker of a word or an utterance; a number becomes ``Speaker 1``."""
    if not isinstance(value, dict):
        return None
    for field in SPEAKERS:
        speaker = value.get(field)
        if isinstance(speaker, int) and not isinstance(speaker, bool):
            return f"Speaker {speaker}"
        if isinstance(speaker, str) and speaker.strip():
            return f"Speaker {speaker}" if speaker.strip().isdigit() else speaker.strip()
    return None


def _join(said: Iterable[Said]) -> Iterator[Turn | Unreadable]:
    """Yield a turn for each run of words of one speaker; a word without one goes on the run."""
    speaker: str | None = None
    words: list[Text] = []
    for who, word in said:
        if words and (len(words) >= _TURN_WORDS or (who is not None and who != speaker)):
            yield _turn(words, speaker)
            words = []
        speaker = who if who is not None else speaker
        words.append(word)
    if words:
        yield _turn(words, speaker)


def _turn(words: list[Text], speaker: str | None) -> Turn | Unreadable:
    text = ""
    for word in words:
        joined = not text or _NO_SPACE_BEFORE.match(word) or word[:1].isspace()
        joined = joined or bool(_WIDE.match(word) and _WIDE.match(text[-1:]))
        text += word if joined else f" {word}"
    row = words[0].row
    return Turn(Text(" ".join(text.split()), row), speaker) if speaker else Unreadable(row)


def _objects(value: Value) -> Iterator[dict[str, Value]]:
    return (
        (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
    )


def _first(value: Value) -> dict[str, Value]:
    """Return the first object of a list: recognisers write the likeliest alternative first."""
    return next(_objects(value), {})


def _said(value: Object, fields: Iterable[str], speaker: str | None) -> Iterator[Said]:
    text = next(filter(None, (text_of(value.get(field)) for field in fields)), None)
    if text is not None and text.strip():
        yield speaker, text


def _words(value: Value) -> Iterator[Said]:
    """Yield words; without a tag, or with the tag 0 of Google's, they have no speaker."""
    for word in _objects(value):
        tagged = word.get("speakerTag") != 0 or "speakerTag" not in word
        if word.get("type") != "spacing":
            yield from _said(word, _WORDS, speaker_of(word) if tagged else None)


def _phrases(record: Object) -> Iterator[Said]:
    for phrase in _objects(record.get("recognizedPhrases")):
        yield from _said(_first(phrase.get("nBest")), ("display", "lexical"), speaker_of(phrase))
    for phrase in _objects(record.get("phrases")):
        yield from _said(phrase, ("text",), speaker_of(phrase))


def _monologues(record: Object) -> Iterator[Said]:
    for monologue in _objects(record.get("monologues")):
        for element in _objects(monologue.get("elements")):
            yield from _said(element, ("value",), speaker_of(monologue))


def _amazon(results: Value, record: Object) -> Iterator[Said]:
    if not isinstance(results, dict) or not results.keys() & {"audio_segments", "items"}:
        return
    segments = results.get("audio_segments")
    if any(speaker_of(each) for each in _objects(segments)):
        for segment in _objects(segments):
            yield from _said(segment, ("transcript",), speaker_of(segment))
        return
    labels = results.get("speaker_labels")
    by_time = {
        str(item.get("start_time")): speaker_of(item)
        for segment in _objects(labels.get("segments") if isinstance(labels, dict) else None)
        for item in (*_objects(segment.get("items")), segment)
    }
    for item in _objects(results.get("items")):
        speaker = speaker_of(item) or by_time.get(str(item.get("start_time")))
        is_word = item.get("type") != "punctuation"
        yield from _said(_first(item.get("alternatives")), _WORDS, speaker if is_word else None)


def _deepgram(results: Value) -> Iterator[Said]:
    if not isinstance(results, dict):
        return
    for channel in _objects(results.get("channels")):
        best = _first(channel.get("alternatives"))
        paragraphs = best.get("paragraphs")
        listed = paragraphs.get("paragraphs") if isinstance(paragraphs, dict) else None
        if any(speaker_of(each) for each in _objects(listed)):
            for paragraph in _objects(listed):
                for sentence in _objects(paragraph.get("sentences")):
                    yield from _said(sentence, ("text",), speaker_of(paragraph))
        else:
            yield from _words(best.get("words"))


def _ibm(record: Object) -> Iterator[Said]:
    labels = {
        str(each.get("from")): speaker_of(each) for each in _objects(record.get("speaker_labels"))
    }
    if not labels:
        return
    for result in _objects(record.get("results")):
        for stamped in _listed(_first(result.get("alternatives")).get("timestamps")):
            if isinstance(stamped, list) and len(stamped) > 1 and isinstance(stamped[0], Text):
                yield labels.get(str(stamped[1])), stamped[0]


def _alternatives(results: Value) -> Iterator[Said]:
    """Yield Google's words, or Speechmatics', each a result of its own.

    Google's last result has the words of all others once more, with their speakers.
    """
    found = list(_objects(results))
    for result in found:
        best = _first(result.get("alternatives"))
        words = list(_words(best.get("words")))
        if words:
            yield from (said for said in words if said[0] is not None)
        elif speaker_of(best) is not None:
            is_word = result.get("type") != "punctuation"
            yield from _said(best, _WORDS, speaker_of(best) if is_word else None)


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []
