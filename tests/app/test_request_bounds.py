"""A body that is wrong a hundred thousand times is refused once."""

import pytest
from pydantic import BaseModel, ValidationError

from app.casting.schemas import CharactersCreate
from app.openai_api.schemas import ChatRequest, EmbeddingRequest, TextRequest
from tests.app.running import Running, code_of, error_of

MANY = 100_000
SAID = {"role": "user", "content": "x"}


@pytest.mark.anyio
async def test_an_error_lists_at_most_fifty_problems(stage: Running) -> None:
    unknown = {f"field{number}": 1 for number in range(99)}
    response = await stage.http.post("/api/conversations", json=unknown)
    assert code_of(response) == "422 invalid_request"
    detail = error_of(response)["detail"]
    assert len(detail["problems"]) == 20
    assert detail["problems_total"] == 99


@pytest.mark.anyio
async def test_an_error_with_few_problems_counts_none(stage: Running) -> None:
    response = await stage.http.post("/api/conversations", json={})
    problem = {
        "where": "body",
        "problem": "Value error, name a character, or several as `characters`",
    }
    assert error_of(response)["detail"] == {"problems": [problem]}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (TextRequest, {"prompt": [1] * MANY}),
        (TextRequest, {"prompt": "x", "stop": [1] * MANY}),
        (EmbeddingRequest, {"input": [1] * MANY}),
        (ChatRequest, {"messages": [SAID], "stop": [1] * MANY}),
        (ChatRequest, {"messages": [1] * MANY}),
        (ChatRequest, {"messages": [{"role": "user", "content": [1] * MANY}]}),
        (CharactersCreate, {"characters": [1] * MANY}),
    ],
)
def test_a_list_that_is_too_long_is_not_looked_through(
    model: type[BaseModel], body: dict[str, object]
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    assert refused.value.error_count() <= 5_001  # the longest list that is allowed: messages
