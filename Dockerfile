# syntax=docker/dockerfile:1
# Offbook without build tools and without root: one stage installs the wheels, and only the
# resulting environment is copied into the other.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app app
COPY characters characters
COPY retrieval retrieval
COPY migrations migrations
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/offbook \
    && /opt/offbook/bin/pip install --disable-pip-version-check --constraint constraints.txt .

FROM python:3.11-slim
# Only llama.cpp, the engine without a GPU, needs a system library.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /data offbook
COPY --from=build /opt/offbook /opt/offbook
# Publishing the port requires listening on every address of the container; beyond loopback the
# service starts only with an admin key (OFFBOOK_ACCESS__ADMIN_KEY).
ENV PATH=/opt/offbook/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OFFBOOK_SERVER__HOST=0.0.0.0 \
    OFFBOOK_SERVER__PORT=8000 \
    OFFBOOK_DATA_DIR=/data \
    OFFBOOK_ENGINE__MODELS_DIR=/data/models \
    OFFBOOK_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Check liveness, not readiness: a model that is still downloading is no reason to restart the
# container. Load balancers check /readyz.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["offbook"]
CMD ["serve"]
