"""Serve ``/api/admin/adapters``: the registered adapters, and what is known of them."""

from typing import Annotated

from fastapi import APIRouter, Form, Response, UploadFile

from app.adapters.dependencies import AdaptersDep
from app.adapters.schemas import AdapterOut, AdaptersOut
from app.dependencies import AdminDep, DisconnectDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.text import Storable

router = APIRouter(prefix="/api/admin/adapters", tags=["admin"], route_class=GuardedRoute)

NOT_FOUND = Refusal(404, "adapter_not_found", "no adapter of this name is registered")
_REFUSED = (
    Refusal(409, "adapter_exists", "an adapter has, or had, this name"),
    Refusal(413, "adapter_too_large", "its files have more bytes than they may"),
    Refusal(422, "adapter_name_invalid", "the name has other characters, or is none"),
    Refusal(422, "adapter_incomplete", "a file of the adapter is missing"),
    Refusal(422, "adapter_pickled", "its weights are a pickle"),
    Refusal(422, "adapter_unknown_file", "the archive has a file that is none of an adapter's"),
    Refusal(422, "adapter_damaged", "a file is not what its name says"),
    Refusal(422, "adapter_kind_unknown", "it is no LoRA adapter"),
    Refusal(422, "adapter_base_unknown", "the catalogue has no model of its base's name"),
    Refusal(422, "adapter_base_differs", "it was trained on another file of its base model"),
    Refusal(422, "adapter_hash_differs", "a file is not the one that its card describes"),
    Refusal(422, "damaged_archive", "the archive cannot be read"),
    Refusal(422, "unsafe_archive", "the archive has paths that leave it, links, or a password"),
)


@router.get("")
async def list_adapters(adapters: AdaptersDep, _: AdminDep) -> AdaptersOut:
    """Return the registered adapters, whether they can speak, and for whom they do."""
    return await adapters.list_adapters()


@router.post("", status_code=201, responses=declare(*_REFUSED))
async def register_adapter(
    adapters: AdaptersDep,
    caller: AdminDep,
    disconnect: DisconnectDep,
    file: UploadFile,
    name: Annotated[
        str, Form(max_length=64, description="By default the one on its card."), Storable
    ] = "",
) -> AdapterOut:
    """Register an adapter, sent as a ZIP of the folder that ``offbook train lora`` writes.

    Known files alone are accepted: ``adapter_config.json``, ``card.json``, and
    ``adapter_model.safetensors``, ``adapter.gguf`` or both; no pickles. Nothing of it is ever run,
    and no character speaks with it before it was promoted.
    """
    return await adapters.upload(file.file, name.strip(), caller.actor, disconnect)


@router.delete(
    "/{name}",
    status_code=204,
    responses=declare(
        NOT_FOUND,
        Refusal(409, "adapter_in_force", "it speaks for a character; the detail says who"),
    ),
)
async def remove_adapter(adapters: AdaptersDep, caller: AdminDep, name: str) -> Response:
    """Delete an adapter's files. Its name is not used again, so that figures keep their meaning."""
    await adapters.remove(name, caller.actor)
    return Response(status_code=204)
