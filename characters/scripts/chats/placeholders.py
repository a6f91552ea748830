"""Recognise what chat programs write in place of pictures, calls and deleted messages."""

import re

_MEDIA = (
    "image video audio gif sticker document contact|contact.card photo picture media voice.message"
    " bild foto imagen imagem vídeo video áudio audio archivo documento figurinha immagine"
    " photo vidéo document média medien datei sprachnachricht multimedia"
)
_OMITTED = (
    "omitted attached ausgeschlossen weggelassen omitido omitida omitidos omitidas oculto ocultado"
    " omesso omessa omis omise omises absent absente absents weggelaten utelämnad pominięto"
    " пропущено пропущен без"
)
_WORDS = (
    _MEDIA.replace(" ", "|")
    .replace("(?:|card)", "(?: card)")
    .replace("(?:|message)", "(?: message)")
)
_PLACEHOLDER = re.compile(
    rf"<[^<>\n]{{0,80}}>|\(?(?:{_WORDS})s? (?:{_OMITTED.replace(' ', '|')})\)?"
    r"|<?(?:без медиафайлов|медиафайл пропущен|медиа отсутствуют)>?"
    r"|[\[【(（<]\s?(?:\S{1,4}\s)?(?:图片|圖片|表情|动画表情|語音|语音|视频|視頻|影片|文件|檔案|链接|連結|位置|照片|贴图|貼圖|红包|转账|通话"
    r"|语音通话|视频通话|名片|小程序|聊天记录|合并转发|拍了拍|引用|写真|スタンプ|動画|ファイル|アルバム|ボイスメッセージ|通話"
    r"|사진|동영상|이모티콘|파일|Photos?|Stickers?|Videos?|File|Voice message|Album|Location"
    r"|Contact|Image|Audio|GIF|Animation|Voice|Call|Attachment|Attachments|Embed|Poll)[^\])】）>]{0,80}[\]】)）>]"
    r"(?:\s?\d{1,4}\s?(?:秒|s|″|\")|\s?[^\s:：]{1,100}\.\w{2,5})?"
    r"|(?:joined the server|pinned a message|started a call|added \S{1,40} to the group"
    r"|boosted the server|changed the channel (?:name|icon))\b.{0,60}"
    r"|\S*\.(?:jpe?g|png|webp|gif|mp4|mov|opus|m4a|mp3|aac|pdf|vcf|docx?|webm)"
    r"(?: \((?:file attached|Datei angehängt|archivo adjunto|arquivo anexado|file allegato"
    r"|fichier joint|файл добавлен|文件附件|附加檔案"
    r"|ファイル添付|파일 첨부됨|dosya ekli|bestand bijgevoegd)\))?"
    r"|(?:this message was deleted|you deleted this message|message deleted|deleted message"
    r"|diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|eliminaste este mensaje"
    r"|se eliminó este mensaje|mensagem apagada|esta mensagem foi apagada|ce message a été supprimé"
    r"|questo messaggio è stato eliminato|данное сообщение удалено|вы удалили данное сообщение"
    r"|此消息已删除|你撤回了一条消息|.{1,40}撤回了一条消息|此訊息已刪除|メッセージの送信を取り消しました"
    r"|missed (?:voice|video) call.{0,40}|☎.{0,60}|null|poll:|option: .{0,100} \(\d+ votes?\)"
    r"|(?:live )?location: https?://\S+|(?:liked|loved|reacted .{1,40} to) (?:a|your) message"
    r"|reacted to \".{0,100}\" with .{1,20}"
    r"|.{1,40} sent (?:an attachment|a photo|a video|a sticker)"
    r"|waiting for this message.{0,60})\.?",
    re.IGNORECASE,
)
_LONE_BRACKETS = re.compile(r"[\[【][^\W\d_][^\[\]【】\n\d]{0,29}[\]】]")
"""A word in brackets and nothing else: programs write so in any language, people hardly."""
_BARE_MEDIA = frozenset(
    (
        *("スタンプ", "写真", "動画", "ボイスメッセージ", "アルバム", "ファイル", "位置情報"),
        *("사진", "동영상", "이모티콘", "음성메시지", "파일", "삭제된 메시지입니다."),
        *("Photo", "Photos", "Video", "Videos", "Sticker", "Stickers", "Emoticon", "Emoticons"),
        *("照片", "影片", "貼圖", "贴图", "圖片", "图片", "語音訊息", "语音"),
    )
)
"""What LINE and KakaoTalk write in place of media, without brackets."""
_ENCRYPTED = re.compile(
    r"\W*(?:(?:messages|nachrichten|los mensajes|as mensagens|mensagens|les messages|i messaggi"
    r"|сообщения|повідомлення|mesajlar|pesan|berichten|wiadomości|tin nhắn)\b.{0,80}?"
    r"(?:end[- ]to[- ]end|ende-zu-ende|bout en bout|(?:extremo|ponta) a (?:extremo|ponta)|сквозн"
    r"|наскрізн|uçtan uca|szyfrowan|đầu cuối)|(?:消息|訊息|メッセージ|메시지).{1,12}?"
    r"(?:端[到對对]端|エンドツーエンド|종단간))",
    re.IGNORECASE,
)
"""WhatsApp's first message: in a group it stands under the group's name."""
_PROGRAMS = frozenset(
    {
        "系统消息",
        "系统提示",
        "system",
        "système",
        "sistema",
        "systeem",
        "система",
        "시스템",
        "システム",
    }
)
_MARKED = "\u200e"
_EDITED = re.compile(
    r"(?<!\s)\s*(?:\u200e<[^<>]{1,60}>|<This message was edited>|\(edited\)|（已编辑）)\s*$"
)
_SECTION = re.compile(r"\{(?:Attachments?|Embeds?|Stickers?|Reactions?|Forwarded Message|Poll)\}")
_QUOTED_PART = re.compile(
    r"\[\d{1,2}:\d{2}(?:\s?[AaPp][Mm])?\]|\(- .{1,60}: .{1,40} -\)|Replying to \".{0,100}\""
    r"|\[(?:In reply to|Forwarded from|В ответ|Переслано от) .{1,80}\]"
)

MAX_PLACEHOLDER = 160
"""Longest text that is looked at as a placeholder."""


def is_placeholder(text: str, *, bare_media: bool = False) -> bool:
    """Return whether a message says nothing but that a picture, a call or a text was there.

    ``text`` is as the file has it. WhatsApp on iOS begins its own texts with U+200E, which no
    person types. With ``bare_media``, a lone ``Photo`` is a picture.
    """
    if text.lstrip().startswith(_MARKED) or _ENCRYPTED.match(text[:MAX_PLACEHOLDER]):
        return True
    text = text.strip()
    if bare_media and text in _BARE_MEDIA:
        return True
    if _LONE_BRACKETS.fullmatch(text):
        return True
    return len(text) <= MAX_PLACEHOLDER and _PLACEHOLDER.fullmatch(text) is not None


def is_program(name: str) -> bool:
    """Return whether the program itself speaks under this name."""
    return name.casefold() in _PROGRAMS


def without_edits(text: str) -> str:
    """Return a message's text without the note that it was edited."""
    return _EDITED.sub("", text)


def is_quotation(row: str) -> bool:
    """Return whether a row of a message quotes another, is a reaction, or the time of a part."""
    return row.startswith(">") or _QUOTED_PART.fullmatch(row) is not None


def begins_section(row: str) -> bool:
    """Return whether a row begins DiscordChatExporter's list of attachments or reactions."""
    return _SECTION.fullmatch(row) is not None
