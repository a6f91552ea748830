"""Which settings are in force, where each comes from, and that none of them gives a secret away."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from app.settings import ServerSettings, Settings
from app.settings.origins import (
    Setting,
    settings_in_force,
    unknown_variables,
    without_secrets,
)

NO_SECRETS = {
    "embedder.key_prefix",  # of stored texts
    "engine.control_tokens",
    "engine.first_token_timeout",  # seconds
    "judge.max_tokens",
    "retrieval.example_tokens",
    "retrieval.memory_tokens",
    "retrieval.scene_memory_tokens",
    "retrieval.overheard_tokens",
    "openai_api.key_required",
    "quotas.admin.tokens_a_day",
    "quotas.author.tokens_a_day",
    "quotas.guest.tokens_a_day",
    "quotas.reader.tokens_a_day",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.upper().startswith("OFFBOOK_") or name == "HF_ENDPOINT":
            monkeypatch.delenv(name)


def named(settings: Settings, name: str) -> Setting:
    return next(each for each in settings_in_force(settings) if each.name == name)


def test_without_a_variable_all_are_defaults() -> None:
    found = settings_in_force(Settings())
    assert {each.source for each in found} == {"default"}
    assert not any(each.changed for each in found)


def test_a_variable_is_named_however_it_is_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "openai")
    monkeypatch.setenv("offbook_log_level", "debug")
    monkeypatch.setenv("OFFBOOK_LIMITS", '{"waiting_turns": 3}')
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    settings = Settings()
    kind = named(settings, "engine.kind")
    assert (kind.value, kind.default, kind.source) == ("openai", "embedded", "environment")
    assert kind.variable == kind.set_by == "OFFBOOK_ENGINE__KIND"
    assert named(settings, "log_level").set_by == "offbook_log_level"
    section = named(settings, "limits.waiting_turns")
    assert (section.value, section.set_by) == ("3", "OFFBOOK_LIMITS")
    assert named(settings, "limits.upload_bytes").source == "default"
    hub = named(settings, "hub_endpoint")
    assert (hub.variable, hub.set_by) == ("OFFBOOK_HUB_ENDPOINT", "HF_ENDPOINT")


def test_a_variable_that_says_the_default_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_SERVER__PORT", "8000")
    port = named(Settings(), "server.port")
    assert (port.changed, port.source) == (False, "environment")


def test_the_command_line_wins_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_SERVER__PORT", "8001")
    settings = Settings()
    server = settings.server.model_copy(update={"port": 9000})
    told = settings.model_copy(update={"server": server, "data_dir": Path("elsewhere")})
    port = named(told, "server.port")
    assert (port.value, port.source, port.set_by) == ("9000", "command_line", "")
    assert named(told, "data_dir").source == "command_line"
    assert named(told, "server.host").source == "default"


def test_those_that_differ_come_first() -> None:
    found = settings_in_force(Settings(server=ServerSettings(port=9)))
    assert [each.name for each in found if each.changed] == ["server.port"]
    assert found[0].name == "server.port"


def test_secrets_are_set_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ACCESS__ADMIN_KEY", "hush-hush-hush-hush")
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", "postgresql://me:hush-hush@db/offbook")
    monkeypatch.setenv("OFFBOOK_ENGINE__BASE_URL", "http://a:hush@one:1/v1,http://hush@two:2")
    settings = Settings()
    assert "hush" not in repr(settings_in_force(settings))
    key = named(settings, "access.admin_key")
    assert (key.value, key.default, key.secret, key.changed) == ("set", "not set", True, True)
    assert named(settings, "engine.api_key").value == "not set"
    assert named(settings, "database.url").value == "postgresql://…@db/offbook"
    assert named(settings, "engine.base_url").value == "http://…@one:1/v1,http://…@two:2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h/d", "postgresql://…@h/d"),
        ("postgresql://u:p@ss/w?r#d@h/d", "postgresql://…@h/d"),
        ("postgresql://h/d?user=u&password=p&sslmode=require", None),
        ("postgresql://h/d?pass%77ord=p", "postgresql://h/d?pass%77ord=…"),
        ("http://h/v1?api_key=p&x=1", "http://h/v1?api_key=…&x=1"),
        ("https://huggingface.co", "https://huggingface.co"),
        ("/data/me@home", "/data/me@home"),
        ("http://u:p,http://q@h/v1", "http://…,http://…@h/v1"),
        ("http://[::1]:8000/v1,http://h:1", "http://[::1]:8000/v1,http://h:1"),
    ],
)
def test_a_url_loses_its_passwords(url: str, shown: str | None) -> None:
    expected = shown or "postgresql://h/d?user=u&password=…&sslmode=require"
    assert without_secrets(url) == expected


def test_an_address_without_a_scheme_loses_its_password_too() -> None:
    assert without_secrets("me:hush@db/offbook", is_url=True) == "…@db/offbook"


def test_each_says_what_it_means() -> None:
    assert [each.name for each in settings_in_force(Settings()) if not each.about] == []


def test_what_is_called_as_a_secret_is_one() -> None:
    """A new setting for a password must be a ``SecretStr``, which the page does not show."""
    words = ("key", "token", "secret", "password", "credential")
    suspect = {
        each.name
        for each in settings_in_force(Settings())
        if any(word in each.name for word in words) and not each.secret
    }
    assert suspect <= NO_SECRETS


def test_variables_that_no_setting_reads_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_variables() == []
    for name in ("OFFBOOK_ENGIN__KIND", "OFFBOOK_SERVER__HOST", "OFFBOOK_LIMITS", "OTHER"):
        monkeypatch.setenv(name, "{}" if name == "OFFBOOK_LIMITS" else "x")
    assert unknown_variables() == ["OFFBOOK_ENGIN__KIND"]


def test_every_section_is_read() -> None:
    """None is left out because a field is declared in another way."""
    sections = {
        name
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    found = {each.name.partition(".")[0] for each in settings_in_force(Settings())}
    assert found == set(Settings.model_fields)
    assert len(sections) > 8
