"""Load and unload adapters of the scripted server as vLLM does, without reading any weights."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class ScriptedAdapters:
    """Hold the adapters of one server, and answer the requests that change them."""

    def __init__(self) -> None:
        self.loaded: dict[str, str] = {}
        """Paths by name."""

    def models(self, parent: str) -> list[dict[str, object]]:
        """Return their entries of ``GET /v1/models``."""
        return [
            {"id": name, "object": "model", "root": path, "parent": parent}
            for name, path in self.loaded.items()
        ]

    async def load(self, request: Request) -> Response:
        body = await request.json()
        name, path = body["lora_name"], body["lora_path"]
        if name in self.loaded:
            return refusal(400, f"The lora adapter '{name}' has already been loaded.")
        config = Path(path) / "adapter_config.json"
        if not config.is_file():
            return refusal(404, f"Loading lora {name} failed: No adapter found for {path}")
        if json.loads(config.read_bytes()).get("r", 0) > MOST_RANK:
            return refusal(500, f"LoRA rank is greater than max_lora_rank {MOST_RANK}.")
        self.loaded[name] = path
        return Response(f"Success: LoRA adapter '{name}' added successfully.")

    async def unload(self, request: Request) -> Response:
        name = (await request.json())["lora_name"]
        if name not in self.loaded:
            return refusal(404, f"The lora adapter '{name}' cannot be found.")
        del self.loaded[name]
        return Response(f"Success: LoRA adapter '{name}' removed successfully.")

    def routes(self) -> list[Route]:
        """Return what vLLM answers where ``VLLM_ALLOW_RUNTIME_LORA_UPDATING`` is set."""
        return [
            Route("/v1/load_lora_adapter", self.load, methods=["POST"]),
            Route("/v1/unload_lora_adapter", self.unload, methods=["POST"]),
        ]


MOST_RANK = 16
"""vLLM's default of ``--max-lora-rank``."""


def refusal(status: int, message: str) -> JSONResponse:
    """Return an error in vLLM's form."""
    error: dict[str, Any] = {"message": message, "type": "error", "param": None, "code": status}
    return JSONResponse({"error": error}, status)
