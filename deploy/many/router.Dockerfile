# vllm-router in front of several engines. Its wheel brings the program; no build tools are needed.
FROM python:3.11-slim
RUN pip install --no-cache-dir --disable-pip-version-check vllm-router==0.1.17 \
    && useradd --system --uid 10001 router
USER 10001
EXPOSE 8000
ENTRYPOINT ["vllm-router", "--host", "0.0.0.0", "--port", "8000"]
