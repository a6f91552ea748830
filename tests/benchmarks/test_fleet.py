"""How the load test judges a run: what a killed process had is excused, and nothing else."""

from pathlib import Path

import pytest

from benchmarks.fleet import judge as judging
from benchmarks.fleet.configurations import write_nginx, write_pgbouncer
from benchmarks.fleet.judge import Verdict, judge
from benchmarks.fleet.talk import Talk, Turn
from benchmarks.fleet.trouble import Kill

pytestmark = pytest.mark.anyio

WEB = Kill("web-1", "web", "127.0.0.1:5001", at=100.0)
ENGINE = Kill("engine-1", "engine", "127.0.0.1:6001", at=200.0)
LOG = """\
127.1.0.1 [at] POST /api/x 503 0.1 killed 127.0.0.1:5001 502
127.1.0.2 [at] POST /api/x 503 0.1 other 127.0.0.1:5002 503
127.1.0.3 [at] POST /api/x 200 0.1 both 127.0.0.1:5001, 127.0.0.1:5002 502, 200
"""


def turn(request: str, failure: str, sent: float, ended: float) -> Turn:
    return Turn("c", sent=sent, ended=ended, request=request, failure=failure)


async def judged(talk: Talk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Verdict:
    """The verdict on a talk, where ``m1`` and ``r1`` are in the database."""
    stored = [("m1", "你好"), ("r1", "好的")]
    monkeypatch.setattr(judging, "read", lambda _url, _statement: stored)
    log = folder / "access.log"
    log.write_text(LOG)
    return await judge(talk, [WEB, ENGINE], "postgresql://", log)


async def test_what_was_acknowledged_must_be_stored_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = await judged(Talk(acknowledged={"m1": "你好", "r1": "好的"}), tmp_path, monkeypatch)
    assert (good.acknowledged, good.faults) == (2, [])
    bad = await judged(Talk(acknowledged={"m2": "你好", "r1": "好"}), tmp_path, monkeypatch)
    assert bad.faults == [
        "acknowledged and not stored: m2",
        "stored otherwise than acknowledged: r1",
    ]


async def test_only_the_killed_process_may_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(
        turns=[
            turn("killed", "503 service_away", 99.0, 100.5),
            turn("both", "broken: ended early", 98.0, 101.0),
            turn("both", "", 98.0, 101.0),
            turn("other", "503 engine_unavailable", 99.0, 100.5),
            turn("killed", "503 service_away", 103.0, 104.0),
        ]
    )
    verdict = await judged(talk, tmp_path, monkeypatch)
    assert verdict.excused == {"web-1": 2}
    assert verdict.faults == [
        "1 times 503 engine_unavailable from 127.0.0.1:5002 503",
        "1 times 503 service_away from 127.0.0.1:5001 502, first 3.0 s after web-1 was killed",
    ]


async def test_a_killed_engine_excuses_the_turns_that_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(
        turns=[
            turn("other", "engine_unavailable", 199.0, 201.0),
            turn("other", "internal_error", 199.0, 201.0),
            turn("other", "engine_unavailable", 202.0, 203.0),
            turn("other", "engine_unavailable", 203.0, 204.0),
        ],
        refused={"open: 503": 2},
    )
    verdict = await judged(talk, tmp_path, monkeypatch)
    assert verdict.excused == {"engine-1": 1}
    assert verdict.faults == [
        "1 times internal_error from 127.0.0.1:5002 503, first 99.0 s after web-1 was killed",
        "2 times engine_unavailable from 127.0.0.1:5002 503, first 2.0 s after engine-1 was killed",
        "2 times open: 503",
    ]


def test_configurations_have_the_addresses_of_the_run(tmp_path: Path) -> None:
    webs = ["127.0.0.1:5001", "127.0.0.1:5002 down"]
    nginx = write_nginx(tmp_path, webs, "127.0.0.1:5003", 8080).read_text()
    assert "server 127.0.0.1:5001 max_fails" in nginx
    assert "server 127.0.0.1:5001 backup" in nginx
    assert "server 127.0.0.1:5003 max_fails" in nginx
    assert "server 127.0.0.1:5002 down max_fails" in nginx
    assert "listen 127.0.0.1:8080;" in nginx
    assert "/var/" not in nginx
    url = "postgresql://someone:secret@db:5433/made"
    pooler = write_pgbouncer(tmp_path, url, 6432, "transaction").read_text()
    assert "made = host=db port=5433 dbname=made user=someone password=secret" in pooler
    assert "pool_mode = transaction" in pooler
    assert "listen_port = 6432" in pooler
