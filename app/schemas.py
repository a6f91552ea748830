"""What every feature's schemas share."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Schema(BaseModel):
    """Base of request and response bodies: unknown request fields are refused, by name."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, use_attribute_docstrings=True)


class Page(Schema, Generic[Item]):
    """One page of a list. Send ``next_cursor`` back as ``cursor`` for the next; null ends it."""

    items: list[Item]
    next_cursor: str | None = None


class ErrorDetail(BaseModel):
    """``code`` is stable and machine-readable; ``message`` is for a person."""

    code: str
    message: str
    detail: dict[str, object] | None = None


class ErrorBody(BaseModel):
    """The body of every answer of 400 and above."""

    error: ErrorDetail
