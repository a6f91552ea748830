"""Provide requests with the setting for signals."""

from typing import Annotated

from fastapi import Depends

from app.dependencies import SettingsDep
from app.errors import ForbiddenError
from app.settings import SignalRule


async def get_rule(settings: SettingsDep) -> SignalRule:
    """Return what the operator's setting allows."""
    return settings.learning.signals


async def get_open_rule(settings: SettingsDep) -> SignalRule:
    """Return the same for those who rate.

    Raises :class:`~app.errors.ForbiddenError` (``ratings_off``) where the setting is ``off``.
    """
    rule = settings.learning.signals
    if rule == "off":
        raise ForbiddenError("ratings_off", "Replies cannot be rated in this Offbook.")
    return rule


SignalRuleDep = Annotated[SignalRule, Depends(get_rule)]
OpenSignalRuleDep = Annotated[SignalRule, Depends(get_open_rule)]
