"""Use the OpenAI API: it stores nothing, but runs beside the rest."""

from fuzz.kills.client import Client
from fuzz.kills.facts import ConversationFact

_MOST_TOKENS = 8


async def complete(client: Client) -> bool:
    """Have a character answer a message, or the engine continue a text."""
    name = client.pick(client.conversations())
    if name is None:
        return False
    character = client.fact(("conversation", name), ConversationFact).character
    content = f"Tell me of {client.next_mark()}."
    common = {"stream": client.random.random() < 1 / 2, "max_tokens": _MOST_TOKENS}
    if client.random.random() < 1 / 2:
        path = "/v1/chat/completions"
        slug = client.ledger.ids["character", character]
        body = {"model": slug, "messages": [{"role": "user", "content": content}], **common}
    else:
        path = "/v1/completions"
        body = {"model": "scripted", "prompt": content, **common}
    answer = await client.api.call("POST", path, json=body)
    if not answer.ok:
        client.judge_refusal("completion", [], answer)
    return True
