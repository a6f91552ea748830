"""The OpenAPI description, with every error that an operation can answer.

FastAPI derives parameters, bodies and successes from the routes. The errors are added here: they
follow from the dependencies of a route (:mod:`app.refusals`), so a new route has them as well.
A route's own ``responses`` stay; an error among them needs no schema.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.errors import is_openai_path, openai_status
from app.openai_api.schemas import OpenAIErrorBody
from app.refusals import Body, Facts, refusals
from app.schemas import ErrorBody

Json = dict[str, Any]

_REF = "#/components/schemas/"
_GENERATED = ("HTTPValidationError", "ValidationError")
"""Components of FastAPI's own form of a refusal, which this service never sends."""
_WITH_RETRY_AFTER = {409, 429, 503, 504}


def install_openapi(app: FastAPI) -> None:
    """Replace the application's description by one that has every error."""
    generate = app.openapi

    def describe() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _with_errors(generate(), app.routes)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way


def _with_errors(document: Json, routes: Iterable[object]) -> Json:
    components: Json = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _GENERATED:
        components.pop(name, None)
    for model in (ErrorBody, OpenAIErrorBody):
        components.update(_schemas_of(model))
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation: Json = document["paths"][route.path_format][method.lower()]
                facts = _facts_of(route, method, operation, components)
                _describe_errors(operation["responses"], facts)
                operation["responses"] = dict(sorted(operation["responses"].items()))
    return document


def _schemas_of(model: type[BaseModel]) -> Json:
    schema = model.model_json_schema(mode="serialization", ref_template=_REF + "{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _facts_of(route: APIRoute, method: str, operation: Json, components: Json) -> Facts:
    parameters: list[Json] = operation.get("parameters", [])
    body: Json = operation.get("requestBody", {})
    return Facts(
        openai=is_openai_path(route.path_format),
        changes=method not in {"GET", "HEAD"},
        body=_body_of(body),
        streams=_streams(route, operation),
        validates=any(not _takes_any_text(each["schema"]) for each in parameters),
        dependencies=list(_calls_of(route.dependant)),
        path_names=[each["name"] for each in parameters if each["in"] == "path"],
        names=[each["name"] for each in parameters] + _fields_of(body, components),
    )


def _calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _calls_of(each)


def _body_of(body: Json) -> Body:
    if not body:
        return ""
    return "json" if "application/json" in body["content"] else "form"


def _streams(route: APIRoute, operation: Json) -> bool:
    types = operation["responses"].get("200", {}).get("content", {})
    return "text/event-stream" in types or route.response_class is StreamingResponse


def _takes_any_text(schema: Json) -> bool:
    """Whether no value of an address is refused: text of any length, and nothing else."""
    variants: list[Json] = schema.get("anyOf", [schema])
    known = {"type", "title", "description", "default"}
    texts = [each for each in variants if each.get("type") == "string"]
    return bool(texts) and all(each.keys() <= known for each in texts)


def _fields_of(body: Json, components: Json) -> list[str]:
    """Names of the fields on the first level of a body."""
    names: list[str] = []
    for content in body.get("content", {}).values():
        schema: Json = content["schema"]
        schema = components.get(schema.get("$ref", "").removeprefix(_REF), schema)
        names += schema.get("properties", {})
    return names


def _describe_errors(responses: Json, facts: Facts) -> None:
    """Add the errors to an operation's responses; complete those the route declares itself."""
    if not _is_declared(responses.get("422")):
        responses.pop("422", None)
    codes: dict[int, dict[str, str]] = {}
    for refusal in refusals(facts):
        status = openai_status(refusal.status) if facts.openai else refusal.status
        codes.setdefault(status, {})[refusal.code] = refusal.when
    for status in sorted(codes):
        words = "; ".join(f"`{code}`: {when}" for code, when in codes[status].items())
        own = responses.get(str(status), {})
        own["description"] = "; ".join(filter(None, [own.get("description"), words]))
        responses[str(status)] = own
    schema = {"$ref": _REF + (OpenAIErrorBody if facts.openai else ErrorBody).__name__}
    for code, response in responses.items():
        if int(code) >= 400:
            response["description"] = response["description"].removesuffix(".") + "."
            _complete(response, schema)
            if int(code) in _WITH_RETRY_AFTER:
                response["headers"] = {"Retry-After": _RETRY_AFTER}


def _complete(response: Json, schema: Json) -> None:
    """Let a response have an error's body, beside the one that its route declares, if any."""
    own = response.get("content", {}).get("application/json", {}).get("schema")
    either = schema if own is None else {"anyOf": [own, schema]}
    response["content"] = {"application/json": {"schema": either}}


def _is_declared(response: Json | None) -> bool:
    """Whether a route says so itself, rather than FastAPI of every route with parameters."""
    content = cast(Json, response or {}).get("content", {}).get("application/json", {})
    return response is not None and _GENERATED[0] not in content.get("schema", {}).get("$ref", "")


_RETRY_AFTER: Json = {
    "description": "Seconds after which to try again, where waiting can help.",
    "schema": {"type": "integer", "minimum": 0},
}
