"""Serve ``/api/admin/settings``: which settings are in force, and where each comes from."""

from fastapi import APIRouter

from app.dependencies import AdminDep, SettingsDep
from app.http.guard import GuardedRoute
from app.schemas import Schema
from app.settings.origins import Source, settings_in_force, unknown_variables

router = APIRouter(prefix="/api/admin/settings", tags=["admin"], route_class=GuardedRoute)


class SettingOut(Schema):
    """Describe a setting in force, without its secrets."""

    name: str
    """Its path, ``engine.base_url``."""
    variable: str
    """The environment variable that sets it."""
    value: str
    """Of a secret ``set`` or ``not set``; of an address all but its password; empty for none."""
    default: str
    changed: bool
    """Whether the value differs from the default."""
    source: Source
    set_by: str
    """The environment variable that set it; empty for other sources."""
    secret: bool
    about: str


class SettingsInForce(Schema):
    """List the settings of the process that answers."""

    items: list[SettingOut]
    """All of them, the ones with other values than their defaults first."""
    unknown: list[str]
    """Variables of its environment that are called as settings are, and that none reads."""


@router.get("")
async def read_settings(settings: SettingsDep, _: AdminDep) -> SettingsInForce:
    """Return every setting: its value, its default, where it comes from and what it means."""
    return SettingsInForce(
        items=[SettingOut.model_validate(each) for each in settings_in_force(settings)],
        unknown=unknown_variables(),
    )
