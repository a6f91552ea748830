"""The image, the compose file and the page about them agree with the service and each other."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import BaseModel

from app.engines.catalogue import find_model
from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
SECRETS = {"POSTGRES_PASSWORD": "letters1", "OFFBOOK_ACCESS__ADMIN_KEY": "ob_key_of_the_test"}


def setting_names(model: type[BaseModel], prefix: str = "OFFBOOK_") -> set[str]:
    """The environment variables that ``model`` reads."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= setting_names(kind, f"{prefix}{name.upper()}__")
        else:
            names.add(prefix + name.upper())
    return names


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, an instruction and its arguments each."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = [line.strip().partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, arguments.strip()) for name, _, arguments in parts]


def final_stage() -> dict[str, str]:
    """The last of each instruction in the stage that becomes the image."""
    every = instructions()
    start = max(number for number, (name, _) in enumerate(every) if name == "FROM")
    return dict(every[start:])


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(final_stage()["ENV"]))


def interpolated(text: str, given: dict[str, str]) -> str:
    """``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``, as compose reads them."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if name in given:
            return given[name]
        assert kind == ":-", f"{name} is required"
        return str(rest)

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Settings:
    """What the service reads in the composed container; parametrize it with more of ``.env``."""
    given = SECRETS | getattr(request, "param", {})
    composed = SERVICES["app"]["environment"]
    environment = image_environment() | {k: interpolated(v, given) for k, v in composed.items()}
    for name, text in environment.items():
        if name.startswith("OFFBOOK_"):
            monkeypatch.setenv(name, text)
    return Settings()


@pytest.mark.parametrize("file", ["docker-compose.yml", "Dockerfile", "docs/deploy.md"])
def test_every_setting_that_is_named_exists(file: str) -> None:
    named = set(re.findall(r"OFFBOOK_\w+", (ROOT / file).read_text(encoding="utf-8")))
    assert named
    assert named - setting_names(Settings) == set()


def test_the_container_is_reached_and_guarded(settings: Settings) -> None:
    stage = final_stage()
    assert stage["EXPOSE"] == str(settings.server.port)
    assert not settings.server.is_loopback
    assert settings.access.admin_key is not None
    assert SERVICES["app"]["ports"] == [f"127.0.0.1:8000:{settings.server.port}"]
    assert "ports" not in SERVICES["db"]
    assert "ports" not in SERVICES["vllm"]


def test_what_is_written_is_on_the_volume(settings: Settings) -> None:
    volume = final_stage()["VOLUME"]
    assert settings.data_dir == Path(volume)
    assert settings.engine.models_dir.is_relative_to(volume)
    assert SERVICES["app"]["volumes"] == [f"data:{volume}"]
    assert SERVICES["app"]["read_only"] is True


def test_the_database_is_the_composed_one(settings: Settings) -> None:
    db = SERVICES["db"]["environment"]
    url = urlsplit(settings.database_url)
    assert url.scheme == "postgresql+psycopg"
    assert (url.username, url.password) == (db["POSTGRES_USER"], "letters1")
    assert (url.hostname, url.port, url.path) == ("db", 5432, f"/{db['POSTGRES_DB']}")
    assert SERVICES["app"]["depends_on"] == {"db": {"condition": "service_healthy"}}


@pytest.mark.parametrize("settings", [{"OFFBOOK_ENGINE__KIND": "openai"}], indirect=True)
def test_the_engine_is_the_composed_one(settings: Settings) -> None:
    assert settings.engine.kind == "openai"
    assert settings.engine.base_url == "http://vllm:8000"
    assert SERVICES["vllm"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_the_start(name: str) -> None:
    uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", COMPOSE)
    assert any(use.startswith(":?") for use in uses)
    assert not any(use.startswith(":-") for use in uses)


def test_the_image_runs_the_console_script_without_root() -> None:
    stage = final_stage()
    assert int(stage["USER"]) > 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.loads(stage["ENTRYPOINT"])[0] in project["scripts"]
    assert json.loads(stage["CMD"]) == ["serve"]


def test_the_image_is_asked_whether_it_lives(settings: Settings) -> None:
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", final_stage()["HEALTHCHECK"])
    assert asked == (str(settings.server.port), "/healthz")
    assert "/healthz" in create_app(settings).openapi()["paths"]


def test_the_image_is_made_of_what_the_package_needs() -> None:
    copied = {
        path
        for name, arguments in instructions()
        if name == "COPY" and not arguments.startswith("--from")
        for path in arguments.split()[:-1]
    }
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    assert all((ROOT / path).exists() for path in copied)
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = config["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], config["project"]["readme"]}
    assert needed | {*config["project"]["license-files"], "constraints.txt"} <= copied


def test_vllm_is_told_the_model_its_length_and_its_share() -> None:
    model, *flags = SERVICES["vllm"]["command"]
    assert SERVICES["vllm"]["volumes"][0].endswith(f":{model}:ro")
    options = dict(flag.partition("=")[::2] for flag in flags)
    assert int(options["--max-model-len"]) == find_model("index").context_length
    assert "--enable-prefix-caching" in options
    assert 0.5 < float(options["--gpu-memory-utilization"]) < 1
    (device,) = SERVICES["vllm"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_every_flag_says_why() -> None:
    lines = COMPOSE.splitlines()
    flags = [number for number, line in enumerate(lines) if line.strip().startswith("- --")]
    assert len(flags) == len(SERVICES["vllm"]["command"]) - 1
    assert all(lines[number - 1].strip().startswith("# ") for number in flags)


def test_images_are_pinned_and_watched() -> None:
    for name, service in SERVICES.items():
        if name != "app":
            _, _, tag = interpolated(service["image"], {}).partition(":")
            assert re.match(r"v?\d", tag), service["image"]
            assert service["healthcheck"]["test"][0] == "CMD"
    assert all(re.search(r":\d", arguments) for name, arguments in instructions() if name == "FROM")
