"""Made-up files of every kind that the readers of scripts take, in any size.

They are seeds for the fuzzer and the material of ``benchmarks.scaling``; tests read each as the
format that it names. A kind repeats one piece of a conversation between a head and a tail.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from characters.json_values import JsonValue
from fuzz.containers import around_part, as_pdf

_NAMES = ("Mira", "MIRA", "mira", "米拉", "ミラ", "user", "SPEAKER_00")
_TEXTS_SAID = ("Late", "late", "迟到", "遅い", "氷《", "la ")
_IN_JSON = frozenset({"json", "jsonl", "rpgmaker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold one way in which people write scripts down."""

    format: str
    """The format that it is detected as."""
    filename: str
    piece: str
    """A few lines of at least two speakers."""
    head: str = ""
    tail: str = ""
    between: str = ""
    """What parts a piece from the next."""
    wrap: Callable[[bytes], bytes] | None = None
    """Puts the text into a container."""

    def write(self, size: int = 0) -> bytes:
        """Return a file of about ``size`` bytes, at least one piece."""
        count = max(1, size // len((self.piece + self.between).encode()))
        return self.join([self.piece] * count)

    def join(self, pieces: list[str]) -> bytes:
        """Return the file of these pieces."""
        content = (self.head + self.between.join(pieces) + self.tail).encode()
        return content if self.wrap is None else self.wrap(content)

    def saying(self, text: str) -> str:
        """Return the piece with ``text`` instead of the first thing that is said in it."""
        return self._with(_TEXTS_SAID, text)

    def named(self, name: str) -> str:
        """Return the piece with another name of its first speaker, unless names are fixed in it."""
        return self._with(_NAMES, name)

    def _with(self, known: tuple[str, ...], text: str) -> str:
        found = next((word for word in known if word in self.piece), None)
        if found is None:
            return self.piece
        written = json.dumps(text)[1:-1] if self.format in _IN_JSON else text
        return self.piece.replace(found, written)


def _records(piece: JsonValue, head: str = "[", tail: str = "]", name: str = "a.json") -> Kind:
    text = json.dumps(piece, ensure_ascii=False)
    return Kind(format="json", filename=name, head=head, piece=text, tail=tail, between=",\n")


def _rows(piece: str, filename: str = "a.txt", format: str = "text", head: str = "") -> Kind:
    return Kind(format=format, filename=filename, head=head, piece=piece)


_TEXTS = {
    "colons": _rows("Mira: You are late.\nToby (softly): The ice held me.\nMira: Oh.\n\n"),
    "chinese": _rows(
        "第三场 码头\n米拉：你迟到了。\n托比（小声）：冰。\n△ 米拉走开。\n米拉：哦。\n\n"
    ),
    "brackets": _rows("【米拉】你迟到了。\n【托比】冰。\n【米拉】哦。\n\n"),
    "quotations": _rows("ミラ「遅い。」\nトビー「氷が。」\nミラ「そう。」\n\n"),
    "ruby": _rows("ミラ「氷《こおり》だ。」\nトビー「｜遠い灯《ともしび》。」\n\n"),
    "wikitext": _rows("== Act 1 ==\n'''Mira:''' You are [[late]].\n'''Toby:''' The ice.\n\n"),
    "bbcode": _rows("[b]Mira:[/b] You are late.\n[b]Toby:[/b] The ice.\n\n"),
    "works": _rows(
        "Mira: You are late.\nToby: The ice.\n\n",
        head="Title: Ice\nAuthor: A. Body\nRating: G\nFandom: None\n\n",
    ),
    "prose": _rows(
        "“You are late,” said Mira. “Again.”\n\n“The ice,” Toby answered.\n\n", format="prose"
    ),
    "chinese prose": _rows("米拉说：“你迟到了。”\n\n“冰。”托比答道。\n\n", format="prose"),
    "screenplay": _rows(
        "INT. QUAY - DAY\n\nThe ice breaks.\n\nMIRA\n(cold)\nYou are late.\n\nTOBY\nThe ice.\n\n",
        format="screenplay",
    ),
    "fountain": _rows(
        "INT. QUAY - DAY\n\n[[note]]\n\nMIRA\n(cold)\nYou are *late*.\n\n@Toby\nThe ice.\n\n",
        "a.fountain",
        "fountain",
        head="Title: Ice\nAuthor: A. Body\n\n",
    ),
    "play": _rows(
        "SCENE II. A quay.\n\nMIRA. You are late.\n\nTOBY [aside]. The ice.\n\nMIRA. Oh.\n\n",
        format="play",
    ),
    "chinese play": _rows("米拉　你迟到了。\n托比　（小声）冰。\n米拉　哦。\n\n", format="play"),
}

_CHATS = {
    "whatsapp": _rows("05/10/2020, 00:14 - Mira: Late.\n05/10/2020, 00:15 - Toby: Ice.\n"),
    "whatsapp on ios": _rows(
        "[14/10/2021, 3:34:09 PM] Mira: Late.\n[14/10/2021, 3:35:09 PM] Toby: Ice.\nAll of it.\n"
    ),
    "discord text": _rows(
        "[04-Jan-21 07:02 PM] mira\nLate.\n\n[04-Jan-21 07:03 PM] toby\nIce.\n\n"
    ),
    "discord copied": _rows("mira — Today at 7:02 PM\nLate.\ntoby — Today at 7:03 PM\nIce.\n"),
    "telegram copied": _rows(
        "Mira, [05.10.2020 00:14]\nLate.\n\nToby, [05.10.2020 00:15]\nIce.\n\n"
    ),
    "wechat": _rows(
        "2021-01-04 19:02:00 米拉\n迟到。\n\n2021-01-04 19:03:00 托比\n[图片]\n冰。\n\n"
    ),
    "line": _rows("19:02\tMira\tLate.\n19:03\tToby\tIce.\n", head="2021/01/04(Mon)\n"),
    "kakaotalk": _rows("[Mira] [오후 7:02] Late.\n[Toby] [오후 7:03] Ice.\n"),
    "slack copied": _rows("Mira  7:02 PM\nLate.\nToby  7:03 PM\nIce.\nMira  7:04 PM\nOh.\n"),
    "irc": _rows("[19:02] <mira> Late.\n[19:03] <toby> Ice.\n[19:04] * mira sighs\n"),
    "zoom": _rows("19:02:03 From Mira to Everyone: Late.\n19:02:09 From Toby to Everyone: Ice.\n"),
    "transcript": _rows("Mira 0:04\nLate.\n\nToby 0:09\nIce.\n\nMira 0:12\nOh.\n\n"),
    "timed names": _rows("Mira (0:04): Late.\nToby (0:04): Ice.\n"),
    "recogniser's text": _rows(
        "[0.000 --> 4.000] SPEAKER_00: Late.\n[4.000 --> 8.000] SPEAKER_01: Ice.\n"
    ),
}

_TABLES = {
    "scenes in cells": _rows('1,"米拉：迟到。\n托比：冰。"\n', "a.csv", "csv", head="序号,对话\n"),
    "records": _rows(
        'quay,Mira,"You are late, Toby."\nquay,Toby,Ice.\n',
        "a.csv",
        "table",
        head="scene,speaker,line\n",
    ),
    "markdown": _rows(
        "| Mira | Late. |\n| Toby | Ice. |\n",
        "a.md",
        "markdown",
        head="| speaker | line |\n|---|---|\n",
    ),
    "objects in rows": _rows(
        '{"speaker": "Mira", "line": "Late."}\n{"speaker": "Toby", "line": "Ice."}\n',
        "a.jsonl",
        "jsonl",
    ),
}

_SUBTITLES = {
    "srt": _rows(
        "1\n00:00:01,000 --> 00:00:02,000\nMira: Late.\n- Ice.\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n<i>[TOBY, whispering]</i> Ice.\n\n",
        "a.srt",
        "srt",
    ),
    "rolling captions": _rows(
        "00:00:01.000 --> 00:00:02.000\n>> MIRA: You are\n\n"
        "00:00:02.000 --> 00:00:03.000\n>> MIRA: You are\nlate again.\n\n",
        "a.vtt",
        "vtt",
        head="WEBVTT\n\n",
    ),
    "voices": _rows(
        "00:01.000 --> 00:02.000\n<v Mira>Late.</v>\n\n00:03.000 --> 00:04.000\n<v Toby>Ice.\n\n",
        "a.vtt",
        "vtt",
        head="WEBVTT\n\n",
    ),
    "ass": _rows(
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Mira,0,0,0,,{\\i1}Late.\\NOh.\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,Toby,0,0,0,,Ice.\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,OP,,0,0,0,karaoke,{\\k20}la {\\k20}la\n",
        "a.ass",
        "ass",
        head="[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR,"
        " MarginV, Effect, Text\n",
    ),
    "microdvd": _rows("{24}{48}Mira: Late.\n{72}{96}{y:i}Toby: Ice.|Oh.\n", "a.sub", "microdvd"),
    "ttml": Kind(
        format="ttml",
        filename="a.ttml",
        head='<tt xmlns="http://www.w3.org/ns/ttml"><body><div>\n',
        piece='<p begin="1s" end="2s">Mira: Late.</p>\n<p begin="3s" end="4s">Toby:<br/>Ice.</p>\n',
        tail="</div></body></tt>\n",
    ),
    "sami": Kind(
        format="sami",
        filename="a.smi",
        head="<SAMI><BODY>\n",
        piece="<SYNC Start=1000><P Class=EN>Mira: Late.\n<SYNC Start=3000><P Class=EN>Toby: Ice.\n",
        tail="</BODY></SAMI>\n",
    ),
}

_GAMES = {
    "renpy": _rows(
        'label quay:\n    e "Oh." with fade\n    "Mira" "Late."\n'
        '    "Toby" "Ice {i}again{/i}."\n    menu:\n'
        '        "Go":\n            e "Oh."\n',
        "a.rpy",
        "renpy",
        head='define e = Character("Mira")\n\n',
    ),
    "ink": _rows(
        "=== quay ===\nMira: Late.\nToby: Ice. # speaker: Toby\n* [Go] -> quay\n- -> END\n",
        "a.ink",
        "ink",
    ),
    "yarn": _rows(
        "title: Quay\n---\nMira: Late. #line:1\nToby: Ice.\n-> Go\n    Mira: Oh.\n===\n",
        "a.yarn",
        "yarn",
    ),
    "twee": _rows(
        ':: Quay [start]\nMira: Late.\n<<say "Toby">>Ice.<</say>>\nToby: Oh.\n[[Go->Quay]]\n\n',
        "a.twee",
        "twee",
    ),
    "kag": _rows("*quay\n#Mira\nLate.[p]\n#Toby\nIce.[r]\nOh.[p]\n", "a.ks", "kag"),
    "naninovel": _rows("# Quay\n@back Ice\nMira: Late.\nToby.Sad: Ice.\n", "a.nani", "naninovel"),
    "rpgmaker": Kind(
        format="rpgmaker",
        filename="Map001.json",
        head='{"events": [null,\n',
        piece=json.dumps(
            {
                "name": "Quay",
                "pages": [
                    {
                        "list": [
                            {"code": 101, "parameters": ["", 0, 0, 2, "Mira"]},
                            {"code": 401, "parameters": ["\\c[2]Late."]},
                            {"code": 101, "parameters": ["", 0, 0, 2, ""]},
                            {"code": 401, "parameters": ["\\n<Toby>Ice."]},
                            {"code": 0, "parameters": []},
                        ]
                    }
                ],
            }
        ),
        tail="]}",
        between=",\n",
    ),
}


def _chat(sender: str, text: str, when: str) -> Kind:
    """Return an export with a list of messages, whose fields have these names."""
    piece = ",\n".join(
        json.dumps({sender: name, text: said, when: time})
        for name, said, time in (
            ("Mira", "Late.", "2021-01-04T19:02:00"),
            ("Toby", "Ice.", "2021-01-04T19:03:00"),
        )
    )
    return Kind(
        format="json",
        filename="a.json",
        head='{"name": "Quay", "messages": [\n',
        piece=piece,
        tail="]}",
        between=",\n",
    )


_RECORDS = {
    "array of lines": Kind(
        format="json",
        filename="a.json",
        head="[",
        piece='{"speaker": "Mira", "line": "Late."},\n{"speaker": "Toby", "line": "Ice."}',
        tail="]",
        between=",\n",
    ),
    "role cards": _records(
        {"role_name": "Mira", "role_info": "Cold.", "dialog": ["Toby:Ice.", "Mira:Late."]}
    ),
    "contexts": _records(
        {"role": "米拉", "novel_name": "冰", "context": "米拉：迟到。\n托比：冰。"}
    ),
    "messages": _records(
        {
            "messages": [
                {"role": "user", "content": "Ice."},
                {"role": "assistant", "content": "Late."},
            ]
        }
    ),
    "conversations": _records(
        {"conversations": [{"from": "human", "value": "Ice."}, {"from": "gpt", "value": "Late."}]}
    ),
    "rolebench": _records({"role": "Mira", "question": "Ice?", "generated": ["Late.", "Oh."]}),
    "pippa": _records(
        {
            "bot_name": "Mira",
            "bot_description": "Cold.",
            "conversation": [
                {"message": "Ice.", "is_human": True},
                {"message": "Late.", "is_human": False},
            ],
        }
    ),
    "coser": _records(
        {
            "book": "Ice",
            "plots": [
                {
                    "conversation": [
                        {
                            "scenario": "A quay.",
                            "topic": "Late",
                            "dialogues": [
                                {"character": "Mira", "message": "[Oh.] (cold) Late."},
                                {"character": "Environment", "message": "Ice breaks."},
                                {"character": "Toby", "message": "Ice."},
                            ],
                        }
                    ]
                }
            ],
        }
    ),
    "hpd": _records(
        {
            "Session-1": {
                "position": "Book 1",
                "scene": ["A quay."],
                "dialogue": ["Mira: Late.", "Toby: Ice."],
            }
        }
    ),
    "alpaca": _records({"instruction": "Ice?", "input": "", "output": "Late."}),
    "chatgpt": _records(
        {
            "title": "Ice",
            "current_node": "b",
            "mapping": {
                "a": {
                    "parent": None,
                    "message": {"author": {"role": "user"}, "content": {"parts": ["Ice?"]}},
                },
                "b": {
                    "parent": "a",
                    "message": {"author": {"role": "assistant"}, "content": {"parts": ["Late."]}},
                },
            },
        }
    ),
    "claude": _records(
        {
            "name": "Ice",
            "chat_messages": [
                {"sender": "human", "text": "Ice?"},
                {"sender": "assistant", "text": "Late."},
            ],
        }
    ),
    "scenes": _records(
        {
            "scenes": [
                {
                    "title": "Quay",
                    "lines": [
                        {"character": "Mira", "text": "Late."},
                        {"character": "Toby", "text": "Ice."},
                    ],
                }
            ]
        }
    ),
    "telegram": _chat("from", "text", "date"),
    "messenger": _chat("sender_name", "content", "timestamp"),
    "discord": Kind(
        format="json",
        filename="a.json",
        head='{"guild": {"name": "Den"}, "channel": {"name": "quay"}, "messages": [\n',
        piece='{"timestamp": "2021-01-04T19:02:00+00:00", "type": "Default", "content": "Late.",'
        ' "author": {"name": "mira", "nickname": "Mira"}},\n'
        '{"timestamp": "2021-01-04T19:03:00+00:00", "type": "Reply", "content": "Ice.",'
        ' "author": {"name": "toby"}}',
        tail="]}",
        between=",\n",
    ),
    "slack": _records(
        {
            "type": "message",
            "user": "U1",
            "text": "Late &amp; cold.",
            "ts": "1609786800.1",
            "user_profile": {"display_name": "Mira"},
        }
    ),
    "whisperx": Kind(
        format="json",
        filename="a.json",
        head='{"segments": [\n',
        piece='{"start": 0, "end": 1, "text": "Late.", "speaker": "SPEAKER_00"},\n'
        '{"start": 2, "end": 3, "text": "Ice.", "speaker": "SPEAKER_01"}',
        tail="]}",
        between=",\n",
    ),
    "sillytavern": _rows(
        '{"name": "Toby", "is_user": true, "mes": "Ice."}\n'
        '{"name": "Mira", "is_user": false, "mes": "Late."}\n',
        "a.jsonl",
        "json",
    ),
}

_PAGES = {
    "page": Kind(
        format="html",
        filename="a.html",
        head="<html><body>\n",
        piece="<h2>Scene 2</h2>\n<p><b>Mira:</b> Late &amp; cold.</p>\n<p>Toby: <i>Ice.</i></p>\n",
        tail="</body></html>\n",
    ),
    "page with a table": Kind(
        format="html",
        filename="a.html",
        head="<html><body><table><tr><th>Speaker</th><th>Line</th></tr>\n",
        piece="<tr><td>Mira</td><td>Late.</td></tr>\n<tr><td>Toby</td><td>Ice.</td></tr>\n",
        tail="</table></body></html>\n",
    ),
    "telegram's page": Kind(
        format="html",
        filename="messages.html",
        head='<html><body><div class="history">\n',
        piece='<div class="message default clearfix" id="message1"><div class="body">'
        '<div class="date" title="05.10.2020 00:14:00">00:14</div><div class="from_name">Mira</div>'
        '<div class="text">Late.</div></div></div>\n'
        '<div class="message default clearfix" id="message2"><div class="body">'
        '<div class="date" title="05.10.2020 00:15:00">00:15</div><div class="from_name">Toby</div>'
        '<div class="text">Ice.</div></div></div>\n',
        tail="</div></body></html>\n",
    ),
    "fdx": Kind(
        format="fdx",
        filename="a.fdx",
        head='<?xml version="1.0"?><FinalDraft><Content>\n',
        piece='<Paragraph Type="Scene Heading"><Text>INT. QUAY</Text></Paragraph>\n'
        '<Paragraph Type="Character"><Text>MIRA</Text></Paragraph>\n'
        '<Paragraph Type="Dialogue"><Text>Late.</Text></Paragraph>\n'
        '<Paragraph Type="Character"><Text>TOBY</Text></Paragraph>\n'
        '<Paragraph Type="Dialogue"><Text>Ice.</Text></Paragraph>\n',
        tail="</Content></FinalDraft>\n",
    ),
    "tei": Kind(
        format="tei",
        filename="a.xml",
        head='<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body><div>\n',
        piece='<sp who="#mira"><speaker>Mira.</speaker><l>Late.</l></sp>\n<stage>Ice.</stage>\n'
        '<sp who="#toby"><speaker>Toby.</speaker><p>The ice.</p></sp>\n',
        tail="</div></body></text></TEI>\n",
    ),
}

_WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
_OPEN_DOCUMENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
)
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def _cells(*texts: str) -> str:
    cells = (f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f"<row>{''.join(cells)}</row>\n"


def _part(format: str, path: str, **text: str) -> Kind:
    wrap = partial(around_part, format=format, path=path)
    return Kind(format=format, filename=f"a.{format}", wrap=wrap, **text)


_CONTAINERS = {
    "docx": _part(
        "docx",
        "word/document.xml",
        head=f"{_WORD}<w:body>\n",
        piece="<w:p><w:r><w:t>Mira: Late.</w:t></w:r></w:p>\n"
        "<w:p><w:r><w:t>Toby: Ice.</w:t></w:r></w:p>\n",
        tail="</w:body></w:document>",
    ),
    "odt": _part(
        "odt",
        "content.xml",
        head=f"{_OPEN_DOCUMENT}<office:body><office:text>\n",
        piece="<text:p>Mira: Late.</text:p>\n<text:p>Toby:<text:s/>Ice.</text:p>\n",
        tail="</office:text></office:body></office:document-content>",
    ),
    "epub": _part(
        "epub",
        "page.xhtml",
        head="<html><body>\n",
        piece="<p>Mira: Late.</p>\n<p>Toby: <i>Ice.</i></p>\n",
        tail="</body></html>",
    ),
    "xlsx": _part(
        "xlsx",
        "xl/worksheets/sheet1.xml",
        head=f"{_SHEET}<sheetData>{_cells('speaker', 'line')}",
        piece=_cells("Mira", "Late.") + _cells("Toby", "Ice."),
        tail="</sheetData></worksheet>",
    ),
    "zip": _part("zip", "story.txt", piece="Mira: Late.\nToby: Ice.\n\n"),
    "pdf": replace(
        _rows("MIRA\nLate.\n\nTOBY\nIce.\n\n", "a.pdf", "pdf", head="INT. QUAY\n\n"), wrap=as_pdf
    ),
}

KINDS: dict[str, Kind] = {
    **_TEXTS,
    **_CHATS,
    **_TABLES,
    **_SUBTITLES,
    **_GAMES,
    **_RECORDS,
    **_PAGES,
    **_CONTAINERS,
}
"""By name."""
