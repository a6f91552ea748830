"""Describe the models that generate text: the engine, and the judge of evaluations."""

from pathlib import Path, PurePosixPath
from typing import Literal

import platformdirs
from pydantic import BaseModel, Field, SecretStr


def _default_models_dir() -> Path:
    return platformdirs.user_cache_path("offbook", appauthor=False) / "models"


class EngineSettings(BaseModel):
    """Choose the process that generates text, and bound what it is asked for."""

    kind: Literal["embedded", "openai", "scripted"] = "embedded"
    """``embedded``: llama.cpp in this machine; ``openai``: a server with an OpenAI-compatible API,
    such as vLLM; ``scripted``: fixed replies, for tests."""
    base_url: str | None = None
    """``openai``: the address before ``/v1``, with or without it; for several servers that of the
    router in front of them."""
    model: str = "auto"
    """``embedded``: a ``.gguf`` path, a name of the model catalogue, or ``auto``, which takes what
    an operator chose on the page of models, else what suits the machine.
    ``openai``: the model name to ask for; ``auto`` takes the first one the server lists."""
    api_key: SecretStr | None = None
    """``openai``: sent to the server as bearer."""
    prompt_style: Literal["auto", "completion", "chat"] = "auto"
    """``auto``: what the model catalogue says; for a server elsewhere, ``completion``."""
    models_dir: Path = Field(default_factory=_default_models_dir)
    """Where pulled models are kept; shared by every data directory of this user."""
    context_length: int | None = Field(default=None, ge=512)
    """Tokens of prompt and reply; by default what the engine or the catalogue says."""
    threads: int | None = Field(default=None, ge=1)
    """Embedded engine only; by default one per core."""
    parallel: int = Field(default=2, ge=1, le=64)
    """Embedded engine only: replies generated in parallel."""
    connect_timeout: float = Field(default=3.0, gt=0)
    """Seconds to connect to the engine."""
    first_token_timeout: float = Field(default=120.0, gt=0)
    """Seconds to the first token; a small CPU needs long for a long prompt."""
    idle_timeout: float = Field(default=30.0, gt=0)
    """Seconds between two tokens."""
    reply_timeout: float = Field(default=1_800.0, gt=0)
    """Seconds for a whole reply, even while the engine keeps sending."""
    reply_characters: int = Field(default=400_000, ge=1_000)
    """Characters of a whole reply; the rest is cut off. ``max_tokens`` bounds it, too."""
    control_tokens: list[str] = []
    """Control tokens of the model that no text may spell, as a JSON list: in addition to those of
    the families in use, of a ``.gguf`` file, and of a vLLM that runs with
    ``--enable-tokenizer-info-endpoint``."""
    model_sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    """The SHA-256 that the embedded model's file must have."""
    catalogue: Path | None = None
    """Embedded engine only: a file of further models in the format of ``app/engines/models.toml``;
    its entries replace those of the same name."""
    thought_tags: list[tuple[str, str]] = [("<think>", "</think>")]
    """Pairs of texts between which a reasoning model thinks, as a JSON list: what stands between
    them is never part of a reply. The model catalogue adds a model's own."""
    adapter_servers: list[str] = []
    """``openai``: the addresses of the vLLM servers behind a router, as a JSON list. Each loads the
    characters' adapters. Empty: the one of ``base_url``."""
    adapter_folder: PurePosixPath | None = None
    """``openai``: where the vLLM servers see the folder ``adapters`` of the data directory; by
    default where this process sees it."""
    record_to: Path | None = None
    """A file to which every request to the engine is appended, a JSON object a line, for
    ``offbook bench`` to replay. It holds what users said."""

    def pin_of(self, model: str) -> str | None:
        """Return the hash that the settings require of a model of the catalogue.

        It is that of the model the settings name; ``auto`` may be any.
        """
        return self.model_sha256 if self.model in ("auto", model) else None

    @property
    def base_urls(self) -> list[str]:
        """The addresses, each once; the engine's factory refuses more than one."""
        given = (url.strip() for url in (self.base_url or "").split(","))
        return list(dict.fromkeys(filter(None, given)))


class JudgeSettings(BaseModel):
    """Choose the model that judges replies in ``offbook eval``; options of the command win."""

    url: str = ""
    """An OpenAI-compatible endpoint: the part before ``/chat/completions``."""
    model: str = ""
    """The model to ask for; without an address, a pulled model of the catalogue, on this
    machine."""
    api_key: SecretStr | None = None
    """Sent to a reward model's endpoint too."""
    timeout: float = Field(default=120.0, gt=0)
    """Seconds for one answer."""
    max_tokens: int = Field(default=512, ge=16)
    """Tokens of one answer."""
