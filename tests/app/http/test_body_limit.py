"""Bodies above the limit are refused before anything is stored."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.http.body_limit import FORM_OVERHEAD
from app.main import create_app
from tests.app.conftest import make_settings
from tests.app.serving import serving

LIMIT = 20_000


@pytest.fixture
def client(sqlite_template: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "offbook.sqlite3").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{tmp_path / 'offbook.sqlite3'}"
    settings = make_settings(url, tmp_path, limits={"upload_bytes": LIMIT})
    with serving(create_app(settings)) as client:
        yield client
        assert client.get("/api/scripts").json()["items"] == []


def connect(client: httpx.Client) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", client.base_url.port, timeout=10)


def headers(connection: http.client.HTTPConnection, **more: str) -> None:
    connection.putrequest("POST", "/api/scripts")
    connection.putheader("Content-Type", "multipart/form-data; boundary=cut")
    for name, value in more.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()


def test_an_announced_length_is_refused_before_the_body_comes(client: httpx.Client) -> None:
    connection = connect(client)
    headers(connection, Content_Length=str(LIMIT + FORM_OVERHEAD + 1))
    response = connection.getresponse()
    assert response.status == 413
    assert b'"limit_bytes":20000' in response.read()
    connection.close()


def test_a_chunked_body_is_refused_where_it_crosses_the_limit(client: httpx.Client) -> None:
    connection = connect(client)
    headers(connection, Transfer_Encoding="chunked")
    start = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    line = b"Anna: One.\n"
    body = start + line * ((LIMIT + FORM_OVERHEAD) // len(line))
    for at in range(0, len(body), 50_000):
        chunk = body[at : at + 50_000]
        connection.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    response = connection.getresponse()
    assert response.status == 413
    assert b'"too_large"' in response.read()
    connection.close()


def test_a_file_just_above_the_limit_is_refused(client: httpx.Client) -> None:
    line = b"Anna: One.\n"
    for path in ("/api/scripts", "/api/scripts?dry_run=true", "/api/characters/import"):
        content = line * (LIMIT // len(line) + 1)
        response = client.post(path, files={"file": ("Anna.txt", content)})
        assert response.status_code == 413, path
        assert response.json()["error"]["code"] == "too_large"
    fits = line * (LIMIT // len(line))
    assert client.post("/api/scripts?dry_run=true", files={"file": ("x", fits)}).status_code == 200


def test_json_has_its_own_limit(client: httpx.Client) -> None:
    connection = connect(client)
    connection.putrequest("POST", "/api/conversations")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "8000001")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
