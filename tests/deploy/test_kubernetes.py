"""The manifests for Kubernetes follow its schemas, and agree with the service and each other."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.deploy.settings import DEPLOY, paths, series, unknown_settings, uploads
from tests.test_deploy import image_environment

FOLDER = DEPLOY / "kubernetes"
FILES = sorted(each for each in FOLDER.rglob("*.yaml") if each.name != "kustomization.yaml")
TEXT = "\n".join(each.read_text(encoding="utf-8") for each in FILES)
OWN = {"ScaledObject", "PodMonitor"}
"""Kinds of operators, which Kubernetes' schemas do not contain."""
KUBERNETES = "1.37"
ROLES = ("web", "worker")


def manifests() -> Iterator[dict[str, Any]]:
    for file in FILES:
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def one(kind: str, name: str) -> dict[str, Any]:
    (found,) = (
        each for each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    return found


def container_of(manifest: dict[str, Any]) -> dict[str, Any]:
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def pods() -> list[dict[str, Any]]:
    return [each for each in manifests() if "template" in each.get("spec", {})]


@pytest.mark.parametrize(
    "manifest",
    [each for each in manifests() if each["kind"] not in OWN],
    ids=lambda each: f"{each['kind']} {each['metadata']['name']}",
)
def test_manifests_follow_the_schemas(manifest: dict[str, Any]) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    validate.validate(manifest, KUBERNETES, strict=True)


def test_the_kustomization_has_every_manifest() -> None:
    named = set()
    for file in FOLDER.rglob("kustomization.yaml"):
        kustomization = yaml.safe_load(file.read_text(encoding="utf-8"))
        named |= {(file.parent / each).resolve() for each in kustomization["resources"]}
    assert named == {each.resolve() for each in FILES}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_puts_all_into_one_namespace() -> None:
    command = ["kubectl", "kustomize", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    built = [*yaml.safe_load_all(done.stdout)]
    assert len(built) == len([*manifests()])
    spaces = {each["metadata"].get("namespace") for each in built if each["kind"] != "Namespace"}
    assert spaces == {"offbook"}
    images = {container_of(each)["image"] for each in built if "template" in each.get("spec", {})}
    assert images == {"registry.example.org/offbook:0.1.0"}
    # The autoscaler decides, not each further `apply`.
    web = next(each for each in built if each["metadata"]["name"] == "offbook-web")
    assert "replicas" not in web["spec"]


def test_every_setting_that_is_named_exists() -> None:
    assert unknown_settings(TEXT) == set()


@pytest.mark.parametrize("role", ROLES)
def test_the_settings_are_accepted(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "database-url": "postgresql://offbook:x@pooler/offbook",
        "direct-database-url": "postgresql://offbook:x@postgresql/offbook",
        "admin-key": "ob_a_key_of_the_test",
    }
    container = container_of(one("Deployment", f"offbook-{role}"))
    given = image_environment() | one("ConfigMap", "offbook")["data"]
    for each in container["env"]:
        value = each.get("value")
        if value is None:
            reference = each["valueFrom"]["secretKeyRef"]
            assert reference["name"] == "offbook"
            value = secrets[reference["key"]]
        given[each["name"]] = value
    for name, value in given.items():
        if name.startswith("OFFBOOK_"):
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.server.role == role
    assert "@pooler" in settings.database_url
    assert "@postgresql" in settings.direct_database_url
    assert settings.server.port == container["ports"][0]["containerPort"]


def test_no_secret_is_written_down() -> None:
    assert not [each for each in manifests() if each["kind"] == "Secret"]


@pytest.mark.parametrize("role", ROLES)
def test_probes_ask_for_what_the_service_answers(role: str, tmp_path: Path) -> None:
    container = container_of(one("Deployment", f"offbook-{role}"))
    probes = {kind: container[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")}
    asked = {kind: probe["httpGet"]["path"] for kind, probe in probes.items()}
    assert asked == {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"}
    assert set(asked.values()) <= paths(tmp_path)
    assert {probe["httpGet"]["port"] for probe in probes.values()} == {"http"}
    # It checks the database and the engine within two seconds.
    assert probes["readiness"]["timeoutSeconds"] > 2


@pytest.mark.parametrize("role", ROLES)
def test_processes_have_time_to_end(role: str) -> None:
    pod = one("Deployment", f"offbook-{role}")["spec"]["template"]["spec"]
    given = one("ConfigMap", "offbook")["data"]
    ending = sum(
        int(given[f"OFFBOOK_SERVER__{each}"]) for each in ("DRAIN_SECONDS", "SHUTDOWN_TIMEOUT")
    )
    # Ten seconds more for storing and closing.
    assert pod["terminationGracePeriodSeconds"] >= ending + 10
    # Two failed probes, five seconds apart, take a process out before its listener closes.
    probe = container_of(one("Deployment", f"offbook-{role}"))["readinessProbe"]
    notice = probe["periodSeconds"] * probe["failureThreshold"]
    assert int(given["OFFBOOK_SERVER__DRAIN_SECONDS"]) >= notice


def test_containers_have_no_privileges() -> None:
    assert len(pods()) == 3
    for manifest in pods():
        pod, container = manifest["spec"]["template"]["spec"], container_of(manifest)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        # What the image writes to.
        assert {each["mountPath"] for each in container["volumeMounts"]} == {"/data", "/tmp"}


@pytest.mark.parametrize("role", ROLES)
def test_selectors_find_their_pods(role: str) -> None:
    deployment = one("Deployment", f"offbook-{role}")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    budget = one("PodDisruptionBudget", f"offbook-{role}")["spec"]
    assert budget["selector"]["matchLabels"] == labels
    # With a budget of one, a single pod could never be moved away without a break.
    assert deployment["replicas"] > budget["maxUnavailable"] == 1
    spread = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert all(each["labelSelector"]["matchLabels"] == labels for each in spread)
    assert {each["topologyKey"] for each in spread} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    network = one("NetworkPolicy", "offbook")["spec"]["podSelector"]["matchLabels"]
    assert network.items() <= labels.items()


def test_pages_reach_the_web_processes() -> None:
    service = one("Service", "offbook-web")["spec"]
    labels = one("Deployment", "offbook-web")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"] == labels
    (rule,) = one("Ingress", "offbook")["spec"]["rules"]
    rest = rule["http"]["paths"][-1]
    assert rest["path"] == "/"
    assert rest["backend"]["service"] == {"name": "offbook-web", "port": {"name": "http"}}
    assert rule["host"] == one("ConfigMap", "offbook")["data"]["OFFBOOK_ACCESS__ALLOWED_HOSTS"]


def test_uploads_reach_the_workers(tmp_path: Path) -> None:
    service = one("Service", "offbook-worker")["spec"]
    labels = one("Deployment", "offbook-worker")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"] == labels
    (rule,) = one("Ingress", "offbook")["spec"]["rules"]
    reading = [each for each in rule["http"]["paths"] if each["path"] != "/"]
    assert {each["path"] for each in reading} == uploads(tmp_path)
    for each in reading:
        assert each["pathType"] == "Exact"
        assert each["backend"]["service"] == {"name": "offbook-worker", "port": {"name": "http"}}


def test_the_autoscaler_reads_metrics_that_exist() -> None:
    spec = one("ScaledObject", "offbook-web")["spec"]
    assert spec["scaleTargetRef"] == {"name": "offbook-web"}
    queries = [each["metadata"].get("query", "") for each in spec["triggers"]]
    named = set(re.findall(r"\boffbook_\w+", " ".join(queries)))
    assert "offbook_waiting_turns" in named
    assert named <= series()
    # KEDA takes numbers as texts.
    for trigger in spec["triggers"]:
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
    turns = int(one("ConfigMap", "offbook")["data"]["OFFBOOK_LIMITS__RUNNING_TURNS"])
    running = next(each for each in spec["triggers"] if each.get("name") == "running-turns")
    assert int(running["metadata"]["threshold"]) == turns * 3 / 4


def test_prometheus_scrapes_as_an_admin(tmp_path: Path) -> None:
    monitor = one("PodMonitor", "offbook")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert endpoint["path"] in paths(tmp_path)
    assert endpoint["authorization"]["credentials"] == {"name": "offbook", "key": "admin-key"}
    for role in ROLES:
        labels = one("Deployment", f"offbook-{role}")["spec"]["template"]["metadata"]["labels"]
        assert monitor["selector"]["matchLabels"].items() <= labels.items()
    # The alerts name the job.
    assert labels[monitor["jobLabel"]] == "offbook"
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
    assert 'job="offbook"' in rules


def test_the_schema_is_upgraded_past_the_pooler() -> None:
    job = one("Job", "offbook-upgrade")
    container = container_of(job)
    assert container["args"] == ["db", "upgrade"]
    (variable,) = container["env"]
    assert variable["name"] == "OFFBOOK_DATABASE__URL"
    assert variable["valueFrom"]["secretKeyRef"]["key"] == "direct-database-url"
    assert job["spec"]["ttlSecondsAfterFinished"] > 0


def test_comments_name_secrets_that_are_read() -> None:
    made = set(re.findall(r"--from-literal=([\w-]+)=", TEXT))
    read = set(re.findall(r"name: offbook, key: ([\w-]+)", TEXT))
    assert made == read
