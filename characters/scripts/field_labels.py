"""List the labels that works, forms and mails have before a colon: they are no one's name."""

import re

# Separated by spaces; the words of one label are joined with a low line.
_OF_WORKS = (
    "title subtitle author authors writer rating rated archive_warning archive_warnings"
    " warning warnings content_warning content_warnings category categories fandom fandoms"
    " relationship relationships pairing pairings ship character characters additional_tags"
    " tags genre genres language series collections stats published updated completed words"
    " word_count chapters status summary disclaimer beta source url link story storyid"
    " story_id publisher isbn copyright translator translated_by illustrator editor edition"
    " release_date last_updated most_recently_updated posting_date credits produced_by"
    " character_set_encoding original_publication a/n author's_note notes favs follows reviews"
    " packaged date version draft episode season transcribed_by transcript_by transcript"
    " written_by directed_by story_by teleplay_by screenplay_by screenwriter director producer"
    " original_airdate airdate air_date aired revision setting time place location studio"
    " network runtime release posted posted_on archive rights music lyrics book_by adapted_by"
    " based_on authors_note content_notes subjects subject"
)
_OF_FORMS = (
    "released languages note kudos hits bookmarks license licence filename file_name cc bcc"
    " sent reply-to date_sent guild channel topic exported price phone telephone email e-mail"
    " address website zip_code city country quantity total id name type description created"
    " modified width height size color from to reply_to begin end uid dtstart dtend dtstamp"
    " prodid fn tel org mime-version content-type message-id in-reply-to"
)
_CHINESE_AND_JAPANESE = (
    "标题 書名 书名 作者 译者 原作 分类 类型 標籤 标签 内容标签 字数 状态"
    " 连载状态 文案 简介 内容简介 一句话简介 立意 搜索关键字 来源 出处 更新时间"
    " 发布时间 分级 警告 配对 主角 视角 语言 出版社 作品视角 タイトル 題名 著者"
    " 翻訳 訳者 底本 あらすじ タグ ジャンル 原作名 编剧 導演 导演 改编 剧名 集数"
    " 首播 字幕 整理 发表 发布 时长"
)
_OF_CHINESE_FORMS = (
    "出版时间 日期 链接 网址 版权 编号 电话 邮箱 地址 价格 数量 备注 发件人 收件人 主题"
)
_ELSEWHERE = (
    "titre sous-titre auteur auteurs traduction traducteur langue"
    " éditeur résumé genre série épisode saison scénario"
    " réalisation date_de_parution titel untertitel autor autoren"
    " autorin verfasser übersetzung übersetzer sprache verlag"
    " serie folge staffel regie drehbuch datum erscheinungsjahr"
    " zusammenfassung título subtítulo autora traductor traducción"
    " idioma editorial género resumen fecha guion guión dirección"
    " temporada titolo sottotitolo autore traduttore lingua"
    " editore riassunto sceneggiatura regia tradutor tradução"
    " gênero resumo roteiro direção название заголовок автор"
    " авторы переводчик перевод язык издательство жанр аннотация"
    " дата серия сезон режиссёр режиссер сценарий фандом рейтинг"
    " размер 제목 작가 저자 옮긴이 장르 출판사 언어"
)
_WORKS = frozenset(f"{_OF_WORKS} {_CHINESE_AND_JAPANESE} {_ELSEWHERE}".split())
_ROLE_WORDS = (
    "author writer director producer screenwriter editor publisher translator illustrator beta"
    " character characters autor autora autore auteur verfasser автор переводчик 导演 编剧"
    " 作者 译者 著者"
)
_ROLES = frozenset(_ROLE_WORDS.split())
"""Labels that may as well be called so as speakers."""
_FIELDS = (_WORKS - _ROLES) | frozenset(f"{_OF_FORMS} {_OF_CHINESE_FORMS}".split())
_HEADER = re.compile(
    r"(?:requires|provides|project|metadata|license|author|maintainer|content|user|accept|cache|last"
    r"|if|set|x|transfer|home|return|reply|mime|message|delivered|list|release|download)-[a-z][\w-]*"
    r"|classifiers?|keywords|received|accept|connection|host",
    re.IGNORECASE,
)
"""Header fields of mails, web requests and packages."""
_SEPARATORS = re.compile(r"[\s_]+")


def describes_work(label: str) -> bool:
    """Return whether ``label`` is one that a work's title page or its data have."""
    return _normalise(label) in _WORKS


def is_field(name: str) -> bool:
    """Return whether ``name`` is one that forms, title pages and mails have before a colon."""
    return _normalise(name) in _FIELDS or _HEADER.fullmatch(name) is not None


def _normalise(label: str) -> str:
    return _SEPARATORS.sub("_", label.strip().casefold())
