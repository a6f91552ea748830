"""Choose where traces and metrics go."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, StringConstraints

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+", max_length=2_000)]


class TelemetrySettings(BaseModel):
    """Set an OpenTelemetry collector. Without an ``endpoint`` nothing is sent."""

    endpoint: HttpUrl | None = None
    """The collector's OTLP address over HTTP, such as ``http://collector:4318``."""
    headers: dict[str, SecretStr] = {}
    """Headers of each request to the collector, such as its key."""
    service_name: str = Field(default="offbook", min_length=1, max_length=100)
    """How this process is called in the collector."""
    sample_ratio: float = Field(default=1.0, ge=0, le=1)
    """The share of requests that are traced; a caller's ``traceparent`` decides for its own."""
    metrics_seconds: float = Field(default=30.0, ge=1)
    """Seconds between two exports of the metrics."""
    timeout: float = Field(default=5.0, gt=0)
    """Seconds that the collector may take for one export."""
