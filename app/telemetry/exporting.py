"""Begin to send telemetry where the settings say so.

The code of a turn marks its steps through OpenTelemetry's API, which does nothing until a provider
is set.
"""

from collections.abc import Callable
from importlib import import_module

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app.settings.telemetry import TelemetrySettings


class TelemetryError(Exception):
    """Raised where telemetry is wanted and cannot be sent; the message is for operators."""


def start_exporting(
    app: FastAPI, settings: TelemetrySettings, registry: CollectorRegistry
) -> Callable[[], None]:
    """Begin to send the requests' spans and the metrics; return what sends the rest and stops.

    Raises :class:`TelemetryError` where the extra ``otel`` is not installed.
    """
    if settings.endpoint is None:
        return lambda: None
    try:
        otlp = import_module("app.telemetry.otlp")
    except ImportError as error:
        raise TelemetryError(
            "OFFBOOK_TELEMETRY__ENDPOINT is set, and OpenTelemetry is not installed: "
            "pip install -e '.[otel]'."
        ) from error
    stop: Callable[[], None] = otlp.export_by_otlp(app, settings.endpoint, settings, registry)
    return stop
