"""Send traces and metrics to an OpenTelemetry collector."""
