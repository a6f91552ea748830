"""Services that check what is said, and how tests look at what came of it."""

from typing import Any

from app.settings import ModerationSettings, Settings
from tests.app.running import Json, Running, as_object


def moderating(settings: Settings, guard: str = "scripted", **changes: Any) -> Settings:
    """The settings with moderation."""
    chosen = ModerationSettings.model_validate({"guard": guard, **changes})
    return settings.model_copy(update={"moderation": chosen})


def counted(stage: Running, name: str, **labels: str) -> float:
    """A metric's value; 0 where it was never counted."""
    return stage.services.metrics.registry.get_sample_value(name, labels) or 0.0


async def reports(stage: Running, **query: str) -> list[Json]:
    """The admins' queue."""
    response = await stage.http.get("/api/admin/reports", params=query)
    assert response.status_code == 200, response.text
    items: list[Json] = as_object(response)["items"]
    return items


async def detail(stage: Running, report: Json) -> Json:
    """A report with its message in context."""
    response = await stage.http.get(f"/api/admin/reports/{report['id']}")
    assert response.status_code == 200, response.text
    return as_object(response)
