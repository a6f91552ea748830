"""What files of ``deploy/`` may name: settings, metrics and addresses of the service."""

import re
from pathlib import Path

from app.main import create_app
from app.observability import Metrics
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.test_deploy import setting_names

DEPLOY = Path(__file__).parents[2] / "deploy"


def unknown_settings(text: str) -> set[str]:
    """Return the variables that no setting reads."""
    return set(re.findall(r"OFFBOOK_[A-Z_]+[A-Z]", text)) - setting_names(Settings)


def series() -> set[str]:
    """Return the names of all series without labels of their own kind."""
    collected = Metrics().registry.collect()
    return {sample.name for family in collected for sample in family.samples}


def paths(folder: Path) -> set[str]:
    """Return the addresses that the service answers."""
    return set(create_app(make_settings("", folder)).openapi()["paths"])


def uploads(folder: Path) -> set[str]:
    """Return the addresses of the API that a worker answers."""
    settings = make_settings("", folder)
    server = settings.server.model_copy(update={"role": "worker"})
    app = create_app(settings.model_copy(update={"server": server}))
    every = {getattr(route, "path", "") for route in app.routes}
    return {path for path in every if path.startswith("/api/")}
