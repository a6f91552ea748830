"""Serve ``/v1`` as clients of the OpenAI API expect it, with characters as models."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.dependencies import ApiCallerDep, KeyHolderDep, ServicesDep
from app.errors import NotFoundError
from app.http.guard import GuardedRoute
from app.openai_api.answering import CompletionAnswer
from app.openai_api.dependencies import CompletionsDep, EmbeddingsDep, ResponderDep
from app.openai_api.models import list_models
from app.openai_api.response_answer import ResponseAnswer
from app.openai_api.response_input import ResponseRequest
from app.openai_api.response_shape import ResponseShape
from app.openai_api.schemas import (
    ChatRequest,
    EmbeddingRequest,
    ModelList,
    ModelOut,
    TextRequest,
)
from app.openai_api.shapes import ChatShape, TextShape
from app.quotas.dependencies import PayerDep, QuotasDep
from app.turns.sse import event_stream

router = APIRouter(prefix="/v1", tags=["OpenAI API"], route_class=GuardedRoute)

_COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The completion; with `stream`, as server-sent events that end with "
        "`data: [DONE]`. A character's has `offbook.examples` beside OpenAI's fields.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": event_stream(),
        },
    }
}

_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The response; with `stream`, as server-sent events from `response.created`"
        " to `response.completed`. A character's has `offbook.examples` beside OpenAI's fields.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": event_stream(
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
                "response.incomplete",
                "response.failed",
                "error",
            ),
        },
    }
}


@router.get("/models")
async def models(services: ServicesDep, caller: ApiCallerDep) -> ModelList:
    """Return the characters that can answer, the caller's stages, and the engine's own model."""
    return ModelList(data=await list_models(services.database, services.engine, caller))


@router.get("/models/{model}")
async def model(services: ServicesDep, caller: ApiCallerDep, model: str) -> ModelOut:
    """Return one of the models."""
    for listed in await list_models(services.database, services.engine, caller):
        if listed.id == model:
            return listed
    raise NotFoundError("model_not_found", f"There is no model “{model[:80]}”.", param="model")


@router.post("/chat/completions", responses=_COMPLETION, response_model=None)
async def chat_completions(
    completions: CompletionsDep,
    responder: ResponderDep,
    caller: ApiCallerDep,
    payer: PayerDep,
    wanted: ChatRequest,
) -> Response:
    """Answer messages as the character or stage that `model` names, or as the engine's model."""
    name, generation = await completions.chat(wanted, caller, payer, names=True)
    answer = CompletionAnswer(ChatShape(name, speaker=generation.speaker), wanted)
    return await responder.respond(generation, answer, stream=wanted.stream)


@router.post("/character/chat/completions", responses=_COMPLETION, response_model=None)
async def character_chat_completions(
    completions: CompletionsDep,
    responder: ResponderDep,
    caller: ApiCallerDep,
    payer: PayerDep,
    wanted: ChatRequest,
) -> Response:
    """Answer messages as a character, at the route of the Index role-play demo."""
    name, generation = await completions.chat_as_character(wanted, caller, payer)
    answer = CompletionAnswer(ChatShape(name), wanted)
    return await responder.respond(generation, answer, stream=wanted.stream)


@router.post("/responses", responses=_RESPONSE, response_model=None)
async def create_response(
    completions: CompletionsDep,
    responder: ResponderDep,
    caller: ApiCallerDep,
    payer: PayerDep,
    wanted: ResponseRequest,
) -> Response:
    """Answer an input as the character that `model` names, or as the engine's own model.

    No response is stored, so none can be continued or fetched later.
    """
    name, generation = await completions.chat(wanted.as_chat(), caller, payer)
    answer = ResponseAnswer(ResponseShape(name, wanted))
    return await responder.respond(generation, answer, stream=wanted.stream)


@router.post("/completions", responses=_COMPLETION, response_model=None)
async def text_completions(
    completions: CompletionsDep,
    responder: ResponderDep,
    caller: ApiCallerDep,
    payer: PayerDep,
    wanted: TextRequest,
) -> Response:
    """Continue a prompt with the engine's own model, unchanged."""
    name, generation = await completions.complete(wanted, caller, payer)
    answer = CompletionAnswer(TextShape(name), wanted)
    return await responder.respond(generation, answer, stream=wanted.stream)


@router.post("/embeddings", response_model=None)
async def embeddings(
    request: Request,
    embeddings: EmbeddingsDep,
    _: KeyHolderDep,
    payer: PayerDep,
    quotas: QuotasDep,
    wanted: EmbeddingRequest,
) -> Response:
    """Return texts as vectors of the embedder that retrieves the characters' lines."""
    tokens = embeddings.check(wanted)
    reservation = await quotas.reserve_alone(payer, tokens, turns=0)
    try:
        answer = await embeddings.embed(wanted, request.is_disconnected)
        reservation.bill.prompt_tokens = tokens
    finally:
        await asyncio.shield(quotas.settle_alone(reservation))
    return JSONResponse(answer)
