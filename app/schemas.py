"""Define the base of every feature's schemas, pages and error bodies."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Schema(BaseModel):
    """Configure request and response bodies: unknown request fields are refused by name."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, use_attribute_docstrings=True)


class Page(Schema, Generic[Item]):
    """Hold one page of a list. Send ``next_cursor`` as ``cursor`` for the next; null ends it."""

    items: list[Item]
    next_cursor: str | None = None


class ErrorDetail(BaseModel):
    """Describe an error: ``code`` is stable and machine-readable, ``message`` is for people."""

    code: str
    message: str
    detail: dict[str, object] | None = None


class ErrorBody(BaseModel):
    """Hold the body of every answer of 400 and above."""

    error: ErrorDetail
