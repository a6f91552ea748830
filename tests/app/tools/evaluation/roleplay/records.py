"""Records of replies, and a run's results, without a run."""

from collections.abc import Mapping
from typing import Any

from app.tools.evaluation.roleplay.dataset import Item
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.identity import Identity
from app.tools.evaluation.roleplay.results import RoleplayResults
from tests.app.tools.evaluation.roleplay.data import make_item

IDENTITY = Identity(
    data={"test_data.jsonl": "ab12"},
    model="index",
    prompt_style="completion",
    examples="own",
    retrieval="fused",
    embedder="hashing",
    seed=1,
)


def item(id: str, role: str = "林澈", *rows: str, novel: str = "雾港") -> Item:
    return make_item(id, role, rows or ("苏禾：你好。",), novel)


def record(
    id: str, en: str = "Fluency", role: str = "林澈", output: str = "好。", zh: str = "对话流利度"
) -> ResultRecord:
    return ResultRecord(item(id, role), output, en, zh, "")


def results(**changes: Any) -> RoleplayResults:
    nothing: Mapping[str, Any] = {}
    fields: dict[str, Any] = {
        "identity": IDENTITY,
        "protocol": "scores",
        "gate": None,
        "scorer": "judge strict",
        "items": 3,
        "roles": 2,
        "replies": 3,
        "failures": nothing,
        "unscored": nothing,
        "metrics": nothing,
        "groups": nothing,
        "by_role": nothing,
        "personality": None,
    }
    return RoleplayResults(**fields | changes)
