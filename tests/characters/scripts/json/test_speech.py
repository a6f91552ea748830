"""Answers of speech recognisers, each as its service writes them."""

import json

import pytest

from characters.errors import ScriptError
from characters.scripts.model import ParseLimits, Rejection, Scene
from tests.characters.scripts.reading import open_script

Json = dict[str, object]


def words(*said: tuple[str, object], field: str = "word", by: str = "speaker") -> list[Json]:
    return [
        {field: text, "start": n, "end": n + 0.5, by: who} for n, (text, who) in enumerate(said)
    ]


def item(text: str, start: str = "", **more: object) -> Json:
    kind = "pronunciation" if start else "punctuation"
    times: Json = {"start_time": start} if start else {}
    return {**times, "alternatives": [{"content": text}], "type": kind, **more}


AMAZON_ITEMS = [
    *(item("Hello", "0.0"), item("there", "0.5"), item(".")),
    *(item("Hi", "1.2"), item("."), item("Bye", "2.0"), item(".")),
]
AMAZON_SEGMENTS = [
    {"speaker_label": who, "start_time": start, "items": [{"start_time": start}]}
    for who, start in (("A", "0.0"), ("A", "0.5"), ("B", "1.2"), ("A", "2.0"))
]
SPOKEN = (("Hello", 1), ("there.", 1), ("Hi.", 2), ("Bye.", 1))
ANSWERS: dict[str, Json] = {
    "Amazon Transcribe, words and speakers apart": {
        "results": {"speaker_labels": {"segments": AMAZON_SEGMENTS}, "items": AMAZON_ITEMS}
    },
    "Amazon Transcribe, segments": {
        "results": {
            "items": AMAZON_ITEMS,
            "audio_segments": [
                {"transcript": "Hello there.", "speaker_label": "A"},
                {"transcript": "Hi.", "speaker_label": "B"},
                {"transcript": "Bye.", "speaker_label": "A"},
            ],
        }
    },
    "Deepgram, words": {
        "results": {
            "channels": [
                {
                    "alternatives": [
                        {"transcript": "…", "words": words(*SPOKEN, field="punctuated_word")}
                    ]
                }
            ]
        }
    },
    "Google, all words in the last result": {
        "results": [
            {"alternatives": [{"transcript": "hello there", "words": [{"word": "hello"}]}]},
            {"alternatives": [{"words": words(*SPOKEN, by="speakerTag")}]},
        ]
    },
    "Google, newer, words in each result": {
        "results": [
            {
                "alternatives": [
                    {"words": words(("Hello", "1"), ("there.", "1"), by="speakerLabel")}
                ]
            },
            {"alternatives": [{"words": words(("Hi.", "2"), ("Bye.", "1"), by="speakerLabel")}]},
        ]
    },
    "Azure, batch": {
        "recognizedPhrases": [
            {"speaker": 1, "nBest": [{"display": "Hello there."}, {"display": "Yellow."}]},
            {"speaker": 2, "nBest": [{"display": "Hi."}]},
            {"speaker": 1, "nBest": [{"display": "Bye."}]},
        ]
    },
    "Azure, fast": {
        "phrases": [
            {"speaker": 1, "text": "Hello there."},
            {"speaker": 2, "text": "Hi."},
            {"speaker": 1, "text": "Bye."},
        ]
    },
    "Rev": {
        "monologues": [
            {
                "speaker": who,
                "elements": [{"type": "text", "value": text}, {"type": "punct", "value": "."}],
            }
            for who, text in ((1, "Hello there"), (2, "Hi"), (1, "Bye"))
        ]
    },
    "Speechmatics": {
        "results": [
            {
                "alternatives": [{"content": text, "speaker": who}],
                "type": "punctuation" if text == "." else "word",
            }
            for text, who in (
                *(("Hello", "S1"), ("there", "S1"), (".", "S2"), ("Hi", "S2"), (".", "S2")),
                *(("Bye", "S1"), (".", "S1")),
            )
        ]
    },
    "ElevenLabs": {
        "words": [
            {"text": text, "type": "spacing" if text == " " else "word", "speaker_id": who}
            for text, who in (
                *(("Hello", "a"), (" ", "a"), ("there.", "a"), (" ", "a"), ("Hi.", "b")),
                *((" ", "b"), ("Bye.", "a")),
            )
        ]
    },
    "IBM": {
        "results": [
            {"alternatives": [{"timestamps": [["Hello", 0], ["there.", 1], ["Hi.", 2]]}]},
            {"alternatives": [{"timestamps": [["Bye.", 3]]}]},
        ],
        "speaker_labels": [{"from": n, "speaker": who} for n, who in enumerate((1, 1, 2, 1))],
    },
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("indent", [None, 1])
def test_an_answer_reads_as_who_said_what(answer: Json, indent: int | None) -> None:
    items = list(open_script(json.dumps(answer, indent=indent), "transcript.json"))
    lines = [line for each in items if isinstance(each, Scene) for line in each.lines]
    assert [line.text for line in lines] == ["Hello there.", "Hi.", "Bye."]
    assert lines[0].speaker == lines[2].speaker != lines[1].speaker
    assert not [each for each in items if isinstance(each, Rejection)]


def test_a_segment_without_a_speaker_is_reported_with_its_text() -> None:
    segments = [
        {"start": 0, "text": " Hello.", "speaker": "SPEAKER_00", "words": []},
        {"start": 1, "text": " Mm.", "words": []},
        {"start": 2, "text": " Hi.", "words": [{"word": "Hi.", "speaker": "SPEAKER_01"}]},
    ]
    items = list(open_script(json.dumps({"segments": segments}, indent=1), "a.json"))
    lines = [line for each in items if isinstance(each, Scene) for line in each.lines]
    assert [(line.speaker, line.text) for line in lines] == [
        ("SPEAKER_00", "Hello."),
        ("SPEAKER_01", "Hi."),
    ]
    rejected = [each for each in items if isinstance(each, Rejection)]
    assert [(each.code, each.text) for each in rejected] == [("no_speaker", " Mm.")]


OTHERS: dict[str, tuple[Json, str]] = {
    "an answer without speakers": (
        {"text": "Hi", "segments": [{"start": 0, "end": 1, "text": "Hi"}]},
        "diarization",
    ),
    "a card": ({"spec": "chara_card_v2", "data": {"name": "Ida", "first_mes": "Hi"}}, "card"),
    "a lorebook": (
        {"entries": {"0": {"uid": 0, "key": ["lamp"], "content": "x", "comment": "y"}}},
        "lorebook",
    ),
    "a book of NovelAI": (
        {"lorebookVersion": 3, "entries": [{"displayName": "x", "text": "LAMP", "keys": ["lamp"]}]},
        "lorebook",
    ),
    "a chat of a front end": ({"internal": [["a", "b"]], "visible": [["a", "b"]]}, "as a chat"),
    "a story of KoboldAI": ({"gamestarted": True, "prompt": "x", "actions": []}, "as a chat"),
    "compiled ink": ({"inkVersion": 21, "root": [["^Mira: Hi.", "\n"]]}, ".ink source"),
}


@pytest.mark.parametrize(("document", "advice"), OTHERS.values(), ids=OTHERS)
def test_a_file_of_another_kind_is_refused_with_advice(document: Json, advice: str) -> None:
    with pytest.raises(ScriptError) as caught:
        list(open_script(json.dumps(document, indent=1), "file.json"))
    assert caught.value.code == "no_dialogue"
    assert advice in str(caught.value)


def test_a_record_that_is_too_long_is_refused_with_advice() -> None:
    document = json.dumps({"messages": [{"role": "user", "content": "ah " * 5_000}]})
    limits = ParseLimits(record_characters=10_000)
    with pytest.raises(ScriptError) as caught:
        list(open_script(document, "a.json", limits=limits))
    assert caught.value.code == "line_too_long"
    assert "JSON Lines" in str(caught.value)
