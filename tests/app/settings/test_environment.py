"""The environment says how the service runs; what cannot be meant is refused by name."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import (
    AccessSettings,
    EngineSettings,
    LimitSettings,
    ServerSettings,
    Settings,
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine, and no file of its folder."""
    for name in ("HF_ENDPOINT", "OFFBOOK_HUB_ENDPOINT", "OFFBOOK_ENGINE__API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:////data/own.sqlite3", "sqlite+aiosqlite:////data/own.sqlite3"),
        ("sqlite://", "sqlite+aiosqlite://"),
        ("sqlite+aiosqlite:///own.sqlite3", "sqlite+aiosqlite:///own.sqlite3"),
    ],
)
def test_a_database_gets_a_driver_that_does_not_block(url: str, expected: str) -> None:
    assert Settings(database={"url": url}).database_url == expected


def test_without_an_address_it_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    url = Settings(data_dir=tmp_path / "三").database_url
    assert url == f"sqlite+aiosqlite:///{tmp_path}/三/offbook.sqlite3"
    # A relative folder is the one of the start, wherever the service goes afterwards.
    assert Settings().database_url == f"sqlite+aiosqlite:///{tmp_path}/data/offbook.sqlite3"


@pytest.mark.parametrize(
    ("engine", "limits", "turns"),
    [
        ({}, {}, 2),
        ({"parallel": 5}, {}, 5),
        ({"kind": "openai"}, {}, 64),
        ({"kind": "scripted"}, {}, 64),
        ({"kind": "openai", "parallel": 5}, {}, 64),
        ({"kind": "openai"}, {"running_turns": 3}, 3),
        ({"parallel": 5}, {"running_turns": 1}, 1),
    ],
)
def test_as_many_turns_run_as_the_engine_can_answer(
    engine: dict[str, Any], limits: dict[str, Any], turns: int
) -> None:
    assert Settings(engine=engine, limits=limits).running_turns == turns


def test_the_hub_is_that_of_the_hubs_own_tools_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings().hub_endpoint == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    assert Settings().hub_endpoint == "https://mirror.example"
    monkeypatch.setenv("OFFBOOK_HUB_ENDPOINT", "https://own.example")
    assert Settings().hub_endpoint == "https://own.example"


def test_a_variable_names_a_setting_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__API_KEY", "a-secret-of-the-engine")
    monkeypatch.setenv("OFFBOOK_LIMITS__UPLOAD_BYTES", "7")
    monkeypatch.setenv("OFFBOOK_LOAD_SAMPLES", "false")
    monkeypatch.setenv("OFFBOOK_OPENAI_API__ORIGINS", '["https://a.example"]')
    monkeypatch.setenv("OFFBOOK_NO_SUCH_SETTING", "1")
    settings = Settings()
    assert settings.limits.upload_bytes == 7
    assert settings.load_samples is False
    assert settings.openai_api.origins == ["https://a.example"]
    assert settings.engine.api_key is not None
    assert settings.engine.api_key.get_secret_value() == "a-secret-of-the-engine"
    assert "a-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGINE__KIND", "vllm"),
        ("ENGINE__PARALLEL", "0"),
        ("ENGINE__CONTEXT_LENGTH", "511"),
        ("ENGINE__MODEL_SHA256", "0" * 63),
        ("ENGINE__IDLE_TIMEOUT", "0"),
        ("SERVER__PORT", "65536"),
        ("DATABASE__POOL_SIZE", "-1"),
        ("LIMITS__UPLOAD_BYTES", "many"),
        ("LIMITS__READING_MEGABYTES", "127"),
        ("RETRIEVAL__MODE", "best"),
        ("PROMPT__LAYOUT", "worst_last"),
        ("LOG_LEVEL", "loud"),
        ("MODERATION__REPLIES", "censor"),
        ("MODERATION__ACTIONS", '{"violence": "burn"}'),
        ("MODERATION__GUARD_TIMEOUT", "21"),
        ("MODERATION", '{"guard": "qwen3guard"}'),  # at which address?
        ("ACCESS__TRUSTED_PROXIES", "10.0.0.1/8"),
        ("ACCESS__TRUSTED_PROXIES", "[10.0.0.1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"OFFBOOK_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    wrong = {"__".join(map(str, each["loc"])).upper() for each in caught.value.errors()}
    assert any(each.startswith(name) for each in wrong)


def test_nothing_is_checked_unless_an_operator_chooses_who_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not Settings().moderation.enabled
    monkeypatch.setenv("OFFBOOK_MODERATION__GUARD", "llama_guard")
    monkeypatch.setenv("OFFBOOK_MODERATION__GUARD_URL", "http://127.0.0.1:8001")
    monkeypatch.setenv("OFFBOOK_MODERATION__GUARD_KEY", "a-secret-of-the-guard")
    monkeypatch.setenv("OFFBOOK_MODERATION__ACTIONS", '{" Violent Crimes": "hide"}')
    moderation = Settings().moderation
    assert moderation.enabled
    assert moderation.actions == {"violent crimes": "hide"}
    assert "a-secret" not in repr(moderation)


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("a.example", ["a.example"]),
        (" a.example , b.example,", ["a.example", "b.example"]),
        (",", []),
        ("", []),
        ('["a.example", "b.example"]', ["a.example", "b.example"]),
        (" []", []),
        (["a.example"], ["a.example"]),
    ],
)
def test_a_list_is_json_or_has_commas(value: object, hosts: list[str]) -> None:
    assert AccessSettings.model_validate({"allowed_hosts": value}).allowed_hosts == hosts


@pytest.mark.parametrize("value", ["[", '["a", 7]', '[{"a": 1}]', "[[]]", "[NaN]", "['a']"])
def test_a_list_that_begins_as_json_is_json(value: str) -> None:
    with pytest.raises(ValidationError):
        AccessSettings.model_validate({"allowed_hosts": value})


@pytest.mark.parametrize(
    "provider",
    [
        {"issuer": "http://id.example"},  # whose word anyone on the way could change
        {"issuer": "id.example"},
        {"issuer": "https://id.example?realm=guild"},
        {"issuer": "https://id.example/#guild"},
        {"issuer": "https://someone:secret@id.example"},
        {"issuer": "https://id.example:port"},
        {"issuer": "https://id.example", "client_id": ""},
        {"issuer": "https://id.example", "client_secret": "geheimnißvoll"},
        {"issuer": "https://id.example", "client_id": "off\nbook"},
        {"name": ""},
        {"timeout": 0},
    ],
    ids=str,
)
def test_a_provider_that_cannot_be_meant_is_refused(provider: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AccessSettings.model_validate({"openid": {"client_id": "offbook", **provider}})


def test_a_provider_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ACCESS__OPENID__ISSUER", "https://id.example/realms/guild")
    monkeypatch.setenv("OFFBOOK_ACCESS__OPENID__CLIENT_ID", "offbook")
    monkeypatch.setenv("OFFBOOK_ACCESS__OPENID__CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("OFFBOOK_ACCESS__OPENID__ADMIN_GROUPS", "elders, owls")
    monkeypatch.setenv("OFFBOOK_ACCESS__PUBLIC_URL", "https://stage.example/")
    access = Settings().access
    assert access.openid.issuer == "https://id.example/realms/guild"
    assert access.openid.admin_groups == ["elders", "owls"]
    assert access.public_url == "https://stage.example"
    assert "a-secret" not in repr(access)


@pytest.mark.parametrize("url", ["stage.example", "ftp://a.example", "https://a.example/offbook"])
def test_a_public_address_is_that_of_the_first_page(url: str) -> None:
    with pytest.raises(ValidationError):
        AccessSettings(public_url=url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.1", False),
        ("localhost.example", False),
        ("offbook", False),
        ("", False),
    ],
)
def test_only_an_address_of_the_machine_itself_is_loopback(host: str, loopback: bool) -> None:
    assert ServerSettings(host=host).is_loopback == loopback


def test_several_engines_are_listed_once_each_in_their_order() -> None:
    engine = EngineSettings(base_url=" http://b:1, http://a:1 ,,http://b:1")
    assert engine.base_urls == ["http://b:1", "http://a:1"]
    assert EngineSettings().base_urls == EngineSettings(base_url="").base_urls == []


def test_a_visitor_may_send_less_than_an_admin() -> None:
    limits = LimitSettings()
    assert limits.visitor_body_bytes < limits.upload_bytes
    assert limits.visitor_chat_log_bytes < limits.chat_log_bytes
    assert limits.visitor_chat_log_messages < limits.chat_log_messages
    assert limits.card_json_bytes < limits.card_bytes < limits.card_inflated_bytes
