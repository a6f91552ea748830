"""LangChain's OpenAI integration, against a real server."""

from collections.abc import Iterator

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import DefaultHttpxClient
from pydantic import SecretStr

from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.serving import open_conversation, serving

REPLY = "Aye. 灯塔夜夜亮着。"

pytestmark = pytest.mark.one_database


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    engine = ScriptedEngine(reply=REPLY)
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        yield f"{client.base_url}/v1"


@pytest.fixture
def connection() -> Iterator[DefaultHttpxClient]:
    """Its own would stay open to the end of the process."""
    with DefaultHttpxClient() as client:
        yield client


@pytest.fixture
def chat(address: str, connection: DefaultHttpxClient) -> ChatOpenAI:
    return ChatOpenAI(
        model="ben", base_url=address, api_key=SecretStr("none"), http_client=connection
    )


def test_a_reply(chat: ChatOpenAI) -> None:
    said = chat.invoke(
        [
            SystemMessage("Be brief."),
            HumanMessage("Hi"),
            AIMessage("Morning."),
            HumanMessage("Who are you?"),
        ]
    )
    assert said.content == REPLY
    assert isinstance(said, AIMessage)
    assert said.usage_metadata is not None
    assert said.usage_metadata["output_tokens"] > 0


def test_a_stream(chat: ChatOpenAI) -> None:
    assert "".join(str(chunk.content) for chunk in chat.stream("Hi")) == REPLY


def test_embeddings(address: str, connection: DefaultHttpxClient) -> None:
    # Unless told not to, it fetches a tokenizer and sends token ids instead of texts.
    embeddings = OpenAIEmbeddings(
        model="embedder",
        openai_api_base=address,
        openai_api_key=SecretStr("none"),
        http_client=connection,
        check_embedding_ctx_length=False,
    )
    first, second = embeddings.embed_documents(["你好", "Hello"])
    assert first == embeddings.embed_query("你好")
    assert len(second) == 256
