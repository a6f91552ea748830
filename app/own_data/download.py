"""Write everything of an owner into a ZIP, while it is sent.

In memory are one conversation, one character or one page of a script at a time, and no connection
is held while a client reads.
"""

import zipfile
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import IO

from fastapi.concurrency import run_in_threadpool

from app.access import Caller
from app.blobs.service import Blobs
from app.conversations.archive import ZipSink
from app.db.session import Database
from app.own_data.account_files import account_files
from app.own_data.character_files import character_files
from app.own_data.conversation_files import conversation_files
from app.own_data.files import Files, OwnFile
from app.own_data.rehearsal_files import rehearsal_files
from app.own_data.script_files import script_files
from app.own_data.signal_files import signal_files

README = """\
Everything of yours in this Offbook.

account.json      who you are here, and your keys without their secrets
conversations/    each as JSON, with every branch and deleted ones that could still be restored,
                  and as text to read
characters/       each as a card that Offbook and other programs import, with its lorebooks,
                  pictures and what it remembers of its scenes
scripts/          each as text, and as JSON Lines with a scene a line
rehearsal.json    the lines of parts that you are learning, and how well you know them
learning.json     what you answered when you were asked whether Offbook may learn from your ratings,
                  choices and edits, and those that are kept

Not in it: the exact prompts of replies, which only the operators of this Offbook may see, and
vectors, which are made of these texts.

你在这个 Offbook 里的全部数据。

account.json      你的账号信息和密钥（不含密文）
conversations/    每段对话的 JSON（包括所有分支，以及还能恢复的已删除对话），和便于阅读的文本
characters/       每个角色的角色卡（Offbook 和其他程序都能导入），以及世界书、图片和场景记忆
scripts/          每个剧本的文本，以及每行一个场景的 JSON Lines
rehearsal.json    你正在背的台词，以及每句记得怎样
learning.json     你是否同意 Offbook 从你的评价、选择和修改中学习，以及已保存的这些内容

不包含：每条回复的完整提示词（只有本站的管理者能看），以及由这些文字算出的向量。
"""


def all_files(blobs: Blobs) -> Sequence[Files]:
    """Return what yields every file of an owner. A feature with data of people's adds to it."""
    of_characters = partial(character_files, blobs)
    return (
        account_files,
        conversation_files,
        of_characters,
        script_files,
        rehearsal_files,
        signal_files,
    )


async def stream_own_data(
    database: Database, caller: Caller, files: Sequence[Files]
) -> AsyncGenerator[bytes, None]:
    """Yield the ZIP."""
    sink = ZipSink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = _Writer(archive)
        try:
            writer.write(OwnFile("README.txt", README.encode()))
            for each in files:
                async for file in each(database, caller):
                    # Waits for the thread also where the listener leaves: it closes the archive.
                    await run_in_threadpool(writer.write, file)
                    yield sink.take()
        finally:
            writer.end_file()
    yield sink.take()


class _Writer:
    """Write files into an archive one after the other, each piece by piece."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._name = ""
        self._file: IO[bytes] | None = None

    def write(self, piece: OwnFile) -> None:
        """Write a piece, in a new file where its name is another than that of the one before."""
        if self._file is None or piece.name != self._name:
            self.end_file()
            self._name = piece.name
            self._file = self._archive.open(piece.name, "w", force_zip64=True)
        self._file.write(piece.content)

    def end_file(self) -> None:
        """Complete the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None
