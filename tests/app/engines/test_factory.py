"""From settings to engines."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.engines.embedded import EmbeddedEngine
from app.engines.factory import EngineSettingsError, create_engine
from app.engines.scripted import ScriptedEngine
from app.engines.watched import WatchedEngine
from app.settings import EngineSettings, Settings


def of(**engine: object) -> Settings:
    return Settings(engine=EngineSettings.model_validate(engine))


@pytest.mark.anyio
async def test_kinds(tmp_path: Path) -> None:
    scripted = create_engine(of(kind="scripted", prompt_style="chat"))
    assert isinstance(scripted, ScriptedEngine)
    assert (await scripted.limits()).prompt_style == "chat"
    urls = "http://localhost:8001/v1, http://localhost:8001/v1"
    openai = create_engine(of(kind="openai", base_url=urls))
    assert isinstance(openai, WatchedEngine)
    await openai.aclose()
    embedded = create_engine(of(kind="embedded", model="demo", models_dir=tmp_path))
    assert isinstance(embedded, EmbeddedEngine)
    assert embedded.state == "starting"


def test_unknown_kinds_and_missing_addresses_raise() -> None:
    for nothing in (None, "", " , "):
        with pytest.raises(EngineSettingsError, match="BASE_URL"):
            create_engine(of(kind="openai", base_url=nothing))
    for wrong in ("localhost:8001", "http://", "http://a:x", "ftp://b", "http://[::1"):
        with pytest.raises(EngineSettingsError, match="is not like http"):
            create_engine(of(kind="openai", base_url=wrong))
    with pytest.raises(EngineSettingsError, match=r"names 2 servers.*vllm-router"):
        create_engine(of(kind="openai", base_url="http://a:1,http://b:1"))
    for wrong in ("vllm-1:8000", "ftp://b"):
        with pytest.raises(EngineSettingsError, match=r"ADAPTER_SERVERS: .* is no address"):
            create_engine(of(kind="openai", base_url="http://a:1", adapter_servers=[wrong]))
    strange = EngineSettings()
    object.__setattr__(strange, "kind", "strange")
    with pytest.raises(EngineSettingsError, match="strange"):
        create_engine(Settings(engine=strange))


def test_the_service_never_imports_the_native_library() -> None:
    code = "import app.engines.factory, sys; sys.exit('xllamacpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
