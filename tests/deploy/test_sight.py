"""The dashboard and the alert rules ask for metrics that the service has."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from app.engines.port import ReplicaHealth
from app.observability import Metrics

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy/grafana/offbook.json").read_text())
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
OF_PROMETHEUS = {"instance", "job", "le"}


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (each["expr"] for each in panel["targets"])
    yield from (rule["expr"] for rule in alerts())


def alerts() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of each series, by its name."""
    metrics = Metrics()
    metrics.watch_engine(lambda: {"away": 1})
    metrics.watch_replicas(
        lambda: [ReplicaHealth(1, available=True, outstanding=0, failures=0, detail="")]
    )
    declared = {
        each._name: set(each._labelnames)
        for each in vars(metrics).values()
        if isinstance(each, MetricWrapperBase)
    }
    found: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        seen = {name for sample in family.samples for name in sample.labels}
        for suffix in SUFFIXES[family.type]:
            found[family.name + suffix] = declared.get(family.name, set()) | seen
    return found


@pytest.mark.parametrize("expression", [*expressions()])
def test_every_series_and_label_exists(expression: str, labels: dict[str, set[str]]) -> None:
    names = re.findall(r"\boffbook_\w+", expression)
    assert names or expression.startswith("up{")
    assert set(names) <= labels.keys()
    known = OF_PROMETHEUS.union(*(labels[name] for name in names))
    grouped = {each for by in re.findall(r"by \(([^)]*)\)", expression) for each in by.split(", ")}
    matched = set(re.findall(r"[{,]\s*(\w+)\s*[=!]", expression))
    assert grouped | matched <= known


def test_every_legend_names_a_label_of_its_series() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            grouped = re.search(r"by \(([^)]*)\)", target["expr"])
            kept = set(grouped[1].split(", ")) if grouped else {"instance", "replica"}
            assert shown <= kept, panel["title"]


def test_nothing_that_is_counted_is_left_out(labels: dict[str, set[str]]) -> None:
    asked = set(re.findall(r"\boffbook_\w+", " ".join(expressions())))
    families = {re.sub("_(total|bucket|sum|count)$", "", name) for name in labels}
    unasked = {each for each in families if not any(name.startswith(each) for name in asked)}
    assert unasked == {"offbook_engine_replica_failures"}  # as errors by kind, beside it


def test_panels_have_a_place_each() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for one, other in combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        apart = abs(one["x"] - other["x"]) >= 12 or abs(one["y"] - other["y"]) >= 8
        assert apart, (one, other)


def test_every_alert_is_explained() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    for rule in alerts():
        assert f"`{rule['alert']}`" in page
        assert rule["labels"]["severity"] in {"page", "ticket"}
