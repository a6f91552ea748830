"""How tests compare what is shown of a prompt with what the engine received."""

from app.engines.port import ChatMessage, EnginePrompt
from tests.app.running import Json, Running, as_object


def prompt_url(reply: Json) -> str:
    return f"/api/admin/replies/{reply['id']}/prompt"


async def exact(stage: Running, reply: Json) -> Json:
    """The exact prompt of a reply."""
    response = await stage.http.get(prompt_url(reply))
    assert response.status_code == 200, response.text
    return as_object(response)


def rebuilt(shown: Json) -> EnginePrompt:
    """The prompt that the parts add up to."""
    if shown["style"] == "completion":
        return "".join(part["text"] for part in shown["parts"])
    messages: list[ChatMessage] = []
    for part in shown["parts"]:
        if part["message"] == len(messages):
            messages.append(ChatMessage(part["role"], ""))
        last = messages[-1]
        assert (part["message"], part["role"]) == (len(messages) - 1, last.role)
        messages[-1] = ChatMessage(last.role, last.content + part["text"])
    return messages


def text_of(prompt: EnginePrompt) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)


async def assert_true(stage: Running, reply: Json) -> Json:
    """What is shown of a reply's prompt is what the engine got last: all of it, nothing more."""
    sent = stage.engine.calls[-1].prompt
    shown = await exact(stage, reply)
    assert rebuilt(shown) == sent
    text = text_of(sent)
    for source in reply["examples"]:
        assert [line for line in source["lines"] if said(line) not in text] == []
    kinds = {part["kind"] for part in shown["parts"]}
    assert kinds >= {source["kind"] for source in reply["examples"]}
    places = {(part["scene"], part["start"]) for part in parts(shown, "example")}
    listed = [each for each in reply["examples"] if each["kind"] == "example"]
    assert {(each["scene"], each["start"]) for each in listed} == places
    outline = shown["outline"]
    assert outline == reply["prompt"]
    assert outline["tokens"] == sum(part["tokens"] for part in shown["parts"])
    assert outline["history"] == len(parts(shown, "history"))
    return shown


def said(line: str) -> str:
    """A line without its speaker, whom a chat prompt leaves out of the character's own."""
    return line.replace("：", ":").partition(":")[2].strip()


def parts(shown: Json, kind: str) -> list[Json]:
    return [part for part in shown["parts"] if part["kind"] == kind]


def left_out(shown: Json) -> dict[tuple[str, str], int]:
    """How many of each kind were left out, by reason."""
    return {(each["kind"], each["reason"]): each["number"] for each in shown["left_out_counts"]}
