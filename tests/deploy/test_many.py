"""The compose file of many processes and its nginx agree with the service and with each other."""

import os
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.deploy.proxies import NGINX
from tests.deploy.settings import DEPLOY, paths, unknown_settings, uploads
from tests.test_deploy import SECRETS, image_environment, interpolated

MANY = DEPLOY / "many"
TEXT = (MANY / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
CONFIGURATION = (MANY / "nginx.conf").read_text(encoding="utf-8")
OFFBOOK = ("upgrade", "web-1", "web-2", "worker")


def composed(name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that a container of Offbook reads."""
    given = SERVICES[name]["environment"]
    environment = image_environment() | {k: interpolated(v, SECRETS) for k, v in given.items()}
    for variable, value in environment.items():
        if variable.startswith("OFFBOOK_"):
            monkeypatch.setenv(variable, value)
    return Settings()


@pytest.mark.parametrize("file", ["deploy/many/docker-compose.yml", "docker-compose.yml"])
def test_compose_files_follow_the_schema(file: str) -> None:
    check = pytest.importorskip("check_jsonschema")
    with pytest.raises(SystemExit) as ended:
        check.main(["--builtin-schema", "vendor.compose-spec", str(DEPLOY.parent / file)])
    assert ended.value.code == 0


def test_every_setting_that_is_named_exists() -> None:
    assert unknown_settings(TEXT) == set()


def test_there_is_one_of_each_part_and_two_that_answer() -> None:
    assert SERVICES.keys() == {
        *("db", "pgbouncer", "upgrade", "web-1", "web-2", "worker", "nginx"),
        *("router", "engine-1", "engine-2"),
    }


@pytest.mark.parametrize("name", ["web-1", "web-2", "worker"])
def test_processes_reach_the_database_through_the_pooler(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = composed(name, monkeypatch)
    assert settings.server.role == name.partition("-")[0]
    assert "@pgbouncer:5432/offbook" in settings.database_url
    assert "@db:5432/offbook" in settings.direct_database_url
    assert settings.engine.base_urls == ["http://router:8000"]
    assert SERVICES[name]["depends_on"] == {
        "upgrade": {"condition": "service_completed_successfully"},
        "pgbouncer": {"condition": "service_healthy"},
    }


def test_the_schema_is_upgraded_once_and_past_the_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SERVICES["upgrade"]["command"] == ["db", "upgrade"]
    assert SERVICES["upgrade"]["restart"] == "no"
    assert "@db:5432" in composed("upgrade", monkeypatch).database_url


def test_the_pooler_has_what_its_clients_may_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pooler = SERVICES["pgbouncer"]["environment"]
    assert pooler["POOL_MODE"] == "transaction"
    (most,) = re.findall(r"max_connections=(\d+)", " ".join(SERVICES["db"]["command"]))
    direct = 2 * len([name for name in OFFBOOK if name != "upgrade"]) + 1
    assert int(pooler["DEFAULT_POOL_SIZE"]) + direct < int(most)
    database = composed("web-1", monkeypatch).database
    assert 3 * (database.pool_size + database.pool_overflow) < int(pooler["MAX_CLIENT_CONN"])


@pytest.mark.parametrize("name", OFFBOOK)
def test_processes_have_no_privileges_and_time_to_end(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    given = service["environment"]
    needed = sum(
        int(given[f"OFFBOOK_SERVER__{each}"]) for each in ("DRAIN_SECONDS", "SHUTDOWN_TIMEOUT")
    )
    # Ten seconds more for storing and closing.
    assert int(service["stop_grace_period"].removesuffix("s")) >= needed + 10


def test_only_nginx_is_reached_and_trusted() -> None:
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["nginx"]
    (port,) = SERVICES["nginx"]["ports"]
    assert port == "127.0.0.1:8080:8080"
    address = SERVICES["nginx"]["networks"]["default"]["ipv4_address"]
    assert SERVICES["web-1"]["environment"]["OFFBOOK_ACCESS__TRUSTED_PROXIES"] == address


def test_nginx_and_the_processes_behind_it_have_addresses_that_no_other_container_gets() -> None:
    (network,) = yaml.safe_load(TEXT)["networks"]["default"]["ipam"]["config"]
    subnet, others = ip_network(network["subnet"]), ip_network(network["ip_range"])
    assert subnet.supernet_of(others)  # type: ignore[arg-type]  # both of version 4
    fixed = [
        ip_address(SERVICES[name]["networks"]["default"]["ipv4_address"])
        for name in ("nginx", "web-1", "web-2", "worker")
    ]
    assert len(set(fixed)) == 4
    assert all(address in subnet and address not in others for address in fixed)
    assert subnet.network_address + 1 not in fixed  # the gateway's


def test_turns_at_once_fit_the_engines() -> None:
    engines = [each for name, each in SERVICES.items() if name.startswith("engine")]
    options = [option.partition("=") for each in engines for option in each["command"]]
    room = sum(int(value) for name, _, value in options if name == "--max-num-seqs")
    turns = int(SERVICES["web-1"]["environment"]["OFFBOOK_LIMITS__RUNNING_TURNS"])
    assert 2 * turns == room


def test_the_router_has_every_engine_and_keeps_conversations_together() -> None:
    command = SERVICES["router"]["command"]
    assert "--policy=consistent_hash" in command
    page = (DEPLOY.parent / "docs" / "deploy.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"^vllm-router (.*?[^\\])$", page, re.MULTILINE | re.DOTALL)
    for name, value in re.findall(r"--((?:policy|cb|health)[\w-]*) (\w+)", documented):
        assert f"--{name}={value}" in command
    at = command.index("--worker-urls")
    assert command[at + 1 :] == ["http://engine-1:8000", "http://engine-2:8000"]
    devices = [
        SERVICES[name]["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for name in ("engine-1", "engine-2")
    ]
    assert devices == [["0"], ["1"]]


def test_images_are_pinned_and_watched(tmp_path: Path) -> None:
    for name, service in SERVICES.items():
        image = interpolated(service.get("image", "offbook"), {})
        if image != "offbook":
            assert re.search(r":v?\d", image), image
        if name not in OFFBOOK:
            assert service["healthcheck"]["test"][0] == "CMD"
    (asked,) = re.findall(r"127\.0\.0\.1:8080(/\w+)", TEXT)
    assert asked in paths(tmp_path)


def test_nginx_names_the_processes_of_the_compose_file() -> None:
    named = re.findall(r"^\s+server ([\w-]+):(\d+)", CONFIGURATION, re.MULTILINE)
    webs = [("web-1", "8000"), ("web-2", "8000")]
    assert named == [("worker", "8000"), *webs, *webs]
    assert "listen 8080;" in CONFIGURATION
    # As in front of one process, whose reasons are in its own file.
    single = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for directive in ("client_max_body_size", "client_body_timeout", "proxy_read_timeout"):
        value = re.findall(rf"{directive} (\w+);", CONFIGURATION)
        assert value == re.findall(rf"{directive} (\w+);", single)
    for header in re.findall(r"proxy_set_header (\S+)", single):
        assert f"proxy_set_header {header} " in CONFIGURATION


def test_uploads_go_where_a_worker_answers(tmp_path: Path) -> None:
    (block,) = re.findall(r"map \$uri \$processes \{(.*?)\}", CONFIGURATION, re.DOTALL)
    sent = set(re.findall(r"(\S+) offbook_uploads;", block))
    assert sent == uploads(tmp_path)


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    # Names of other containers are not known here.
    text = CONFIGURATION.replace("/var/log/nginx", str(tmp_path))
    text = re.sub(r"server (?:web-|worker)(\d?):", r"server 127.0.0.1\1:", text)
    folders = f"client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;"
    file = tmp_path / "nginx.conf"
    file.write_text(text.replace("http {", f"http {{ {folders}", 1))
    own = f"pid {tmp_path}/nginx.pid;" + (" user root;" if os.geteuid() == 0 else "")
    command = [str(NGINX), "-t", "-e", f"{tmp_path}/start.log", "-c", str(file), "-g", own]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
