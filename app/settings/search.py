"""Describe how passages are embedded, retrieved and laid out in prompts."""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue, SecretStr

from retrieval.ranking.weights import DEFAULT

RetrievalMode = Literal["reference", "fused", "selector"]


class EmbedderSettings(BaseModel):
    """Choose the embedder: one in this process, or a model that a server has loaded."""

    name: str = "bundled"
    """``bundled``, ``sentence_transformers:`` with a path or name, ``endpoint:`` with the name of
    the model that the server at ``url`` embeds with, or for tests ``hashing``, also with a
    dimension: ``hashing:384``."""
    url: str = ""
    """Endpoint: the address before ``/v1/embeddings``, with or without ``/v1``."""
    api_key: SecretStr | None = None
    """Endpoint: sent to the server as bearer."""
    dimension: int | None = Field(default=None, ge=1)
    """Endpoint: the width that its vectors must have; by default that of the first one. Another one
    makes another vector space: characters are indexed again."""
    timeout: float = Field(default=30.0, gt=0)
    """Endpoint: seconds for one request, which is tried twice more where the server is away."""
    request_fields: dict[str, JsonValue] = {}
    """Endpoint: further fields of each request, as a JSON object. vLLM cuts texts that are too
    long for its model with ``{"truncate_prompt_tokens": -1}``, and refuses them otherwise; others
    choose a width, ``{"dimensions": 256}``. Other fields make another vector space."""
    key_prefix: str | None = None
    """Prefix of every stored text, for sentence-transformers and endpoints; by default the prefix
    that the model's family was trained with. Another one makes another vector space: characters are
    indexed again."""
    query_prefix: str | None = None
    """Prefix of every query, likewise."""
    batch_size: int = Field(default=32, ge=1)
    """Sentence-transformers and endpoints: texts embedded at once."""
    device: str | None = None
    """Sentence-transformers: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; by default the best."""
    backend: Literal["torch", "onnx", "openvino"] = "torch"
    """Sentence-transformers: the runtime; the latter two need packages of their own."""
    ingestion_workers: int | None = Field(default=None, ge=1)
    """Threads that embed scripts, by default one for each core. While turns run on the same cores
    they wait, and one thread fewer goes on after a few seconds."""
    query_workers: int = Field(default=2, ge=1)
    """Threads that embed the queries of turns."""
    query_batch: int = Field(default=32, ge=1)
    """Most queries of different turns that are embedded in one call."""
    query_queue: int = Field(default=1_024, ge=1)
    """Texts that may wait to be embedded; a turn beyond that is refused with 503."""


class RetrievalSettings(BaseModel):
    """Choose how examples are retrieved."""

    mode: RetrievalMode = "selector"
    """For characters without a choice of their own. ``reference``: whole scenes by the cosine of
    one key. ``fused``: exchanges by three rankings. ``selector``: exchanges by many features."""
    selector: str = DEFAULT
    """The weights: ``k10``, ``k9``, or a file made by ``offbook train-selector``."""
    reranker: str = ""
    """``cross_encoder:<name or path>`` scores the dialogue together with each of the 50 best
    exchanges and sorts them by it; none by default. Slow on a CPU. Not in ``reference``."""
    example_tokens: int = Field(default=3_000, ge=0)
    """Most tokens of a prompt that examples take in the modes ``fused`` and ``selector``; the more
    they take, the less of the engine's cache is left for other conversations."""
    memory_tokens: int = Field(default=300, ge=0)
    """Most tokens of a prompt for earlier exchanges that the history dropped and memory recalls; 0
    turns memory off. At most an eighth of the room for the prompt."""
    presence: bool = True
    """Whether a character knows what was said in scenes in which it is present and silent, as far
    as the script names it there. Not in ``reference``."""
    scene_memories: bool = False
    """Whether prompts show what a character remembers of scenes, where an operator had it written:
    at most three memories that the newest line is about. Not in ``reference``."""
    most_replies: int = Field(default=50_000, ge=1)
    """A character with more keeps to ``reference``: 50,000 take half a gigabyte of memory while
    users talk to it, and 200,000 two. Above 20,000 each turn ranks a shortlist."""

    index: Literal["faiss", "exact"] = "faiss"
    """The vector index of the mode ``reference``: ``exact`` compares with all passages, ``faiss``
    is faster for a character with many."""
    cached_indexes: int = Field(default=64, ge=1)
    """Characters whose index is kept in memory, least recently used out first."""
    cached_megabytes: int = Field(default=800, ge=1)
    """Most memory of these indexes for ``reference``, and as much again for the other modes. A
    character with 1,000 windows takes 20 to 40."""
    top_k: int = Field(default=20, ge=1, le=200)
    """``reference``: scenes shown. Other modes: exchanges that a prompt of the layout ``cached``
    shows before examples of earlier turns are added."""
    max_query_length: int = Field(default=64, ge=10)
    """The query is the newest lines of the dialogue up to this length, in CJK characters (three
    others count as one). Embedding costs about a millisecond a unit on a CPU."""


class PromptSettings(BaseModel):
    """Choose how prompts are laid out."""

    layout: Literal["cached", "reference", "best_last"] = "cached"
    """``cached``: examples keep their position from turn to turn and some of earlier turns stay, so
    that the engine finds most of a prompt in its cache. ``reference``: only this turn's examples,
    best first. ``best_last``: the same, the best nearest to the dialogue."""
    record: bool = True
    """Whether the exact prompt of each reply is stored with it, for operators to read. It contains
    what the user wrote, and is deleted with the reply."""
