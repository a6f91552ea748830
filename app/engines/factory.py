"""Create the engine of the settings; an unknown kind raises, and none is replaced silently."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from app.engines.adapter_fit import AdapterBase
from app.engines.adapters import ServedAdapter
from app.engines.catalogue import UnknownModelError, load_catalogue
from app.engines.embedded import EmbeddedEngine
from app.engines.openai_http import OpenAIEngine
from app.engines.port import ChatEngine
from app.engines.resolution import ResolvedModel, resolve
from app.engines.scripted import ScriptedEngine
from app.engines.traits import ModelTraits
from app.engines.vllm_adapters import VllmAdapters
from app.engines.watched import WatchedEngine
from app.settings import EngineSettings, Settings


class EngineSettingsError(ValueError):
    """The engine settings contradict each other or are incomplete."""


def create_engine(settings: Settings, *, resolved: ResolvedModel | None = None) -> ChatEngine:
    """Return the engine of the settings, not started (only the embedded one needs ``start()``).

    ``resolved`` saves the embedded engine a second :func:`~app.engines.resolution.resolve`, which
    may wait for a hub. Raises :class:`EngineSettingsError` and
    :class:`~app.engines.catalogue.UnknownModelError`.
    """
    kind = settings.engine.kind
    if kind == "embedded":
        return create_embedded(settings, resolved or resolve(settings))
    if kind == "openai":
        return _create_openai(settings)
    if kind == "scripted":
        style = settings.engine.prompt_style
        return ScriptedEngine(
            prompt_style="completion" if style == "auto" else style,
            context_length=settings.engine.context_length or 4096,
        )
    raise EngineSettingsError(f"There is no engine kind {kind!r}: embedded, openai or scripted.")


def create_embedded(
    settings: Settings, resolved: ResolvedModel, adapters: Sequence[ServedAdapter] = ()
) -> EmbeddedEngine:
    """Return the embedded engine; its model may have to be pulled before ``start()``.

    It serves those of ``adapters`` that fit the model.
    """
    if not resolved.path.name.endswith(".gguf"):
        raise UnknownModelError(f"{resolved.path} is not a .gguf file.")
    engine = settings.engine
    return EmbeddedEngine(
        resolved.path,
        model_name=resolved.name,
        prompt_style=resolved.prompt_style,
        context_length=resolved.context_length,
        parallel=engine.parallel,
        threads=engine.threads,
        first_token_timeout=engine.first_token_timeout,
        idle_timeout=engine.idle_timeout,
        reply_timeout=engine.reply_timeout,
        reply_characters=engine.reply_characters,
        control=engine.control_tokens,
        traits=replace(
            resolved.traits, thought_tags=(*engine.thought_tags, *resolved.traits.thought_tags)
        ),
        adapters=adapters,
        base=AdapterBase(
            path=resolved.path,
            name=resolved.entry.name if resolved.entry else None,
            sha256=_sha256(engine, resolved),
        ),
        verbose=settings.log_level == "debug",
    )


def _sha256(engine: EngineSettings, resolved: ResolvedModel) -> str | None:
    """Return the hash that the model's file was compared with, if it is pinned."""
    if resolved.entry is None:
        return engine.model_sha256 and engine.model_sha256.lower()
    pinned = resolved.entry.sha256 or engine.pin_of(resolved.name)
    return pinned and pinned.lower()


def _create_openai(settings: Settings) -> WatchedEngine:
    urls = settings.engine.base_urls
    if not urls:
        raise EngineSettingsError("OFFBOOK_ENGINE__KIND=openai needs OFFBOOK_ENGINE__BASE_URL.")
    if len(urls) > 1:
        raise EngineSettingsError(
            f"OFFBOOK_ENGINE__BASE_URL names {len(urls)} servers, and takes one address. Put "
            "vllm-router in front of them, and name its address: docs/deploy.md, “Several engines”."
        )
    if not _is_http(urls[0]):
        raise EngineSettingsError("OFFBOOK_ENGINE__BASE_URL is not like http://127.0.0.1:8001.")
    adapters = _create_adapters(settings.engine, urls)
    return WatchedEngine(_create_client(settings.engine, urls[0], adapters), adapters=adapters)


def _create_adapters(engine: EngineSettings, urls: Sequence[str]) -> VllmAdapters:
    servers = engine.adapter_servers or urls
    for url in servers:
        if not _is_http(url):
            raise EngineSettingsError(f"OFFBOOK_ENGINE__ADAPTER_SERVERS: {url} is no address.")
    return VllmAdapters(
        servers, _api_key(engine), engine.connect_timeout, folder=engine.adapter_folder
    )


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number, or a bracket is missing
        return False


def _api_key(engine: EngineSettings) -> str | None:
    return engine.api_key.get_secret_value() if engine.api_key else None


def _create_client(engine: EngineSettings, url: str, adapters: VllmAdapters) -> OpenAIEngine:
    return OpenAIEngine(
        url,
        model=engine.model,
        api_key=_api_key(engine),
        prompt_style="completion" if engine.prompt_style == "auto" else engine.prompt_style,
        context_length=engine.context_length,
        connect_timeout=engine.connect_timeout,
        first_token_timeout=engine.first_token_timeout,
        idle_timeout=engine.idle_timeout,
        reply_timeout=engine.reply_timeout,
        reply_characters=engine.reply_characters,
        control=engine.control_tokens,
        traits=ModelTraits(thought_tags=tuple(engine.thought_tags)),
        traits_of=partial(_traits_of, engine),
        adapters=adapters,
    )


def _traits_of(engine: EngineSettings, served: str) -> ModelTraits | None:
    """Return the traits of a model of the catalogue that a server lists by its repository.

    The name may lack the owner. Sampling that only llama.cpp understands is left out.
    """
    for entry in load_catalogue(engine.catalogue).values():
        names = [] if entry.vllm is None else [entry.vllm, entry.vllm.partition("/")[2]]
        if served.lower() in (name.lower() for name in names):
            auto = engine.prompt_style == "auto"
            return replace(
                entry.traits,
                thought_tags=(*engine.thought_tags, *entry.thought_tags),
                prompt_style=entry.prompt_style if auto else None,
                sampling=replace(entry.sampling, extra={}),
            )
    return None
