"""What every test may ask for."""

import gc
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong; and CI tries the same examples each time.
settings.register_profile(
    "offbook",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("offbook")


# Tests that start processes, a server on a socket or a whole tool, wait for real time, or index
# characters and talk to them at length. Those on PostgreSQL join them below. `make test-fast`
# leaves them all to `make test`.
INTEGRATION = (
    "tests/app/access/test_open_service.py::test_a_key_made_meanwhile",
    "tests/app/auditions/",
    "tests/app/blobs/test_backups.py",
    "tests/app/blobs/test_bucket.py",
    "tests/app/blobs/test_keeping.py",
    "tests/app/blobs/test_moving.py",
    "tests/app/cards/test_export.py",
    "tests/app/cards/test_import.py",
    "tests/app/catalog/test_selection.py",
    "tests/app/catalog/test_selection.py::test_a_selection_that_cannot_be_read",
    "tests/app/catalog/test_selection.py::test_an_upgrade_makes_selections",
    "tests/app/conversations/test_paging.py::test_a_turn_in_a_very_long",
    "tests/app/conversations/test_tree.py::test_very_long",
    "tests/app/db/test_at_once.py",
    "tests/app/db/test_killed_upgrades.py",
    "tests/app/db/test_locked.py",
    "tests/app/engines/test_control_tokens.py",
    "tests/app/engines/test_hostile_engine.py",
    "tests/app/engines/test_hostile_scores.py",
    "tests/app/engines/test_openai_http.py",
    "tests/app/engines/test_pull.py::TestWheels",
    "tests/app/health/test_writing.py",
    "tests/app/openai_api/test_disconnect.py",
    "tests/app/openai_api/test_langchain.py",
    "tests/app/openai_api/test_node.py",
    "tests/app/openai_api/test_openai_library.py",
    "tests/app/openai_api/test_sillytavern.py",
    "tests/app/readers/",
    "tests/app/scene_memories/",
    "tests/app/scripts/test_command.py",
    "tests/app/search/benchmark/test_run.py",
    "tests/app/search/test_endpoint_embedder.py",
    "tests/app/search/test_indexing.py",
    "tests/app/search/test_spaces.py",
    "tests/app/test_composition.py::test_importing",
    "tests/app/test_killed.py",
    "tests/app/test_operator_errors.py",
    "tests/app/test_releases.py",
    "tests/app/test_slow_clients.py",
    "tests/app/test_spooled_uploads.py",
    "tests/app/tools/backup/test_leftovers.py",
    "tests/app/tools/backup/test_moving.py",
    "tests/app/tools/conversion/",
    "tests/app/tools/datasets/",
    "tests/app/tools/evaluation/",
    "tests/app/tools/training/adapters/test_adapter_gguf.py",
    "tests/app/tools/training/adapters/test_command.py",
    "tests/app/tools/training/adapters/test_encoding.py",
    "tests/app/tools/training/adapters/test_training.py",
    "tests/app/turns/test_disconnect.py",
    "tests/app/turns/test_following.py",
    "tests/app/turns/test_leases.py",
    "tests/app/turns/test_memory.py",
    "tests/app/turns/test_presence.py",
    "tests/app/turns/test_summaries.py",
    "tests/app/turns/test_until_scene.py",
    "tests/characters/scripts/test_hard_inputs.py",
    "tests/deploy/",
    "tests/fuzz/test_corpus.py",
    "tests/retrieval/test_bundled_embedder.py",
)
POSTGRES_FIXTURES = {"postgres", "postgres_url", "empty_postgres"}


# Marks that few modules have, each of which writes "mark.NAME" where it sets one.
RARE = {"alone", "browser", "model", "router", "slow", "vllm"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out modules that hold no test that is asked for, as far as their text tells.

    Importing some of them takes longer than many tests: the converter's need torch.
    """
    if not collection_path.suffix or not collection_path.is_relative_to(config.rootpath):
        return None
    if config.option.markexpr.endswith("and not integration"):
        path = collection_path.relative_to(config.rootpath).as_posix()
        return path.startswith(INTEGRATION) or None
    wanted = rare_marks(config.option.markexpr)
    if wanted and collection_path.name.startswith("test_"):
        text = collection_path.read_text("utf-8")
        return not any(f"mark.{name}" in text for name in wanted) or None
    return None


def rare_marks(expression: str) -> set[str]:
    """The marks of which a test must have one, where all of them are rare: ``slow or model``."""
    found = re.fullmatch(r"\(?(\w+(?: or \w+)*)\)?(?: and not \w+)*", expression)
    names = set(found[1].split(" or ")) if found else set()
    return names if names <= RARE else set()


@pytest.hookimpl(tryfirst=True)  # before pytest reads the marks to choose by
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need more than their own process."""
    texts: dict[Path, str] = {}
    for item in items:
        for name in RARE.intersection(mark.name for mark in item.iter_markers()):
            text = texts.setdefault(item.path, item.path.read_text("utf-8"))
            assert f"mark.{name}" in text, f"{item.path} does not say mark.{name}"
        fixtures = POSTGRES_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if fixtures or item.get_closest_marker("postgres") or item.nodeid.startswith(INTEGRATION):
            item.add_marker(pytest.mark.integration)


def pytest_collection_finish() -> None:
    """Take what collecting made out of the garbage collector's sight, as the service does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked ``anyio`` run on asyncio, as the service does."""
    return "asyncio"
