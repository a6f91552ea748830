"""Serve ``/api/admin/models``: the language models, their files, and which one answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.access.audit import Target
from app.admin.model_schemas import LanguageModels, ModelChoice, ModelPullRequest
from app.admin.models import ModelService
from app.dependencies import AdminDep, ServicesDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

router = APIRouter(prefix="/api/admin/models", tags=["admin"], route_class=GuardedRoute)

_NOT_EMBEDDED = Refusal(409, "engine_not_embedded", "models belong to the engine's own server")
_NOT_ACCEPTED = Refusal(409, "licence_not_accepted", "its licence has to be confirmed first")
_RUNNING = Refusal(409, "pull_running", "another model is being pulled, or this one is in use")
_UNKNOWN = Refusal(404, "model_not_found", "the catalogue has no model of this name")
_NEEDS_VLLM = Refusal(422, "model_needs_vllm", "it has no file for the embedded engine")
_SET = Refusal(409, "model_set_by_settings", "OFFBOOK_ENGINE__MODEL names the model")


async def get_models(services: ServicesDep) -> ModelService:
    """Return the service of language models."""
    return ModelService(services.settings, services.engine)


ModelsDep = Annotated[ModelService, Depends(get_models)]


@router.get("")
async def list_models(models: ModelsDep, _: AdminDep) -> LanguageModels:
    """Return the catalogue, what is here, what suits this machine, and what is being done."""
    return await models.list_models()


@router.put(
    "/choice",
    status_code=202,
    responses=declare(_NOT_EMBEDDED, _SET, _NOT_ACCEPTED, _RUNNING, _UNKNOWN, _NEEDS_VLLM),
)
async def choose(
    models: ModelsDep, services: ServicesDep, caller: AdminDep, wanted: ModelChoice
) -> LanguageModels:
    """Choose the model that answers from now on; it is pulled first where it is missing.

    Replies that are being written end first, and turns that begin meanwhile wait.
    """
    await models.choose(wanted.model, accepted=wanted.accept_licence)
    target = Target("model", title=wanted.model)
    services.access.audit.note(caller.actor, "model_chosen", target)
    return await models.list_models()


@router.post(
    "/{name}/pull",
    status_code=202,
    responses=declare(_NOT_EMBEDDED, _NOT_ACCEPTED, _RUNNING, _UNKNOWN, _NEEDS_VLLM),
)
async def pull(
    models: ModelsDep, services: ServicesDep, caller: AdminDep, name: str, wanted: ModelPullRequest
) -> LanguageModels:
    """Begin to download a model in the background, or resume that."""
    await models.begin_pull(name, accepted=wanted.accept_licence)
    services.access.audit.note(caller.actor, "model_pulled", Target("model", title=name))
    return await models.list_models()


@router.delete(
    "/{name}/pull",
    status_code=202,
    responses=declare(
        _NOT_EMBEDDED, _UNKNOWN, Refusal(409, "no_pull", "this model is not being pulled")
    ),
)
async def cancel(models: ModelsDep, _: AdminDep, name: str) -> LanguageModels:
    """Stop a download within a second; the next pull resumes it."""
    models.cancel_pull(name)
    return await models.list_models()


@router.delete(
    "/{name}",
    status_code=204,
    responses=declare(
        _NOT_EMBEDDED,
        _RUNNING,
        Refusal(409, "model_in_use", "the model is answering"),
        Refusal(409, "model_not_deleted", "the file cannot be deleted"),
        Refusal(404, "model_not_found", "the catalogue has no model of this name"),
        Refusal(404, "model_not_here", "it has not been pulled"),
    ),
)
async def delete(models: ModelsDep, services: ServicesDep, caller: AdminDep, name: str) -> Response:
    """Delete a model's file, and what an unfinished download left of it."""
    await models.delete(name)
    services.access.audit.note(caller.actor, "model_deleted", Target("model", title=name))
    return Response(status_code=204)
