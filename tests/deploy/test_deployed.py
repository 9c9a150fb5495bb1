"""What is deployed says what the gateway says: its settings, its metrics with their labels, its limits."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.collect.written import WrittenSchema
from gateway.messages import catalogue
from gateway.settings import Settings, settings_table
from gateway.steps import OF_THE_GATEWAY
from tests.blueprint import ROOT, files
from tests.rest.test_measures import add_recipient, enqueued
from tests.rest.world import World

DEPLOY = ROOT / "deploy"
RULES = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
UNIT = (DEPLOY / "systemd" / "gateway.service").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
NGINX = (DEPLOY / "nginx" / "gateway.conf").read_text(encoding="utf-8")
_SELECTOR = re.compile(r"\b(up|gateway_[a-z_]+)\b(?:\{([^}]*)\})?")
_OF_PROMETHEUS = {"job", "instance", "le"}


def rules() -> dict[str, str]:
    """Each alert with its expression."""
    found = {}
    for block in RULES.split("      - alert: ")[1:]:
        name, rest = block.split("\n", 1)
        text = re.split(r"\n        [a-z]+:", rest.split("expr:", 1)[1], maxsplit=1)[0]
        found[name] = " ".join(text.replace(">-", "").split())
    return found


def dashboard() -> list[str]:
    panels = json.loads((DEPLOY / "grafana" / "gateway.json").read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


@pytest.fixture
def told(world: World) -> dict[str, set[str]]:
    """Each series that /metrics really prints, with its labels."""
    world.sign_here()
    add_recipient(world, "city", trust=world.parts.keyring.public_trust().as_json())
    enqueued(world, "city")
    world.http.get("/fhir/Patient/1")
    measures = world.app.extensions["measures"]
    measures.taken("kept")
    measures._attempts.labels("city", "retry", "x").inc()
    measures._age.labels("city").observe(1)
    end = measures.listen()  # every step has its series from then on
    end()
    found: dict[str, set[str]] = {"up": set()}
    for family in text_string_to_metric_families(world.http.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


# ---- Prometheus, Grafana --------------------------------------------------------------


def test_every_series_and_label_of_rules_and_dashboard_is_really_told(told: dict[str, set[str]]) -> None:
    expressions = [*rules().values(), *dashboard()]
    assert len(expressions) > 30
    for expression in expressions:
        labels = set[str]()
        for name, matchers in _SELECTOR.findall(re.sub(r'"[^"]*"', '""', expression)):
            assert name in told, expression
            labels |= told[name]
            assert set(re.findall(r"([a-z_]+)\s*(?:=|!)", matchers)) <= told[name] | _OF_PROMETHEUS, expression
        grouped = ",".join(re.findall(r"\b(?:by|on) \(([^)]*)\)", expression))
        assert {label.strip() for label in grouped.split(",")} - {""} <= labels | _OF_PROMETHEUS, expression


def test_every_rule_and_route_that_an_alert_looks_for_exists(world: World) -> None:
    text = "\n".join(rules().values())
    alternatives = [one for part in re.findall(r'rule=~?"([^"]*)"', text) for one in _alternatives(part)]
    assert alternatives
    assert set(alternatives) <= set(catalogue())
    routes = {rule.rule for rule in world.app.url_map.iter_rules()}
    assert set(re.findall(r'route="([^"]*)"', text)) <= routes


def _alternatives(pattern: str) -> list[str]:
    if found := re.fullmatch(r"([a-z-]*)\(([^)]*)\)", pattern):
        return [found.group(1) + one for one in found.group(2).split("|")]
    return pattern.split("|")


def test_every_alert_waits_before_it_calls_and_says_what_to_do() -> None:
    blocks = RULES.split("      - alert: ")[1:]
    assert len(blocks) == len(rules()) == len(set(rules()))
    for block in blocks:
        for part in (r"\n        for: [1-9]\d*[mh]\n", r"severity: (page|ticket)}", r"summary: \"", r"action: \""):
            assert re.search(part, block), block


def test_no_alert_is_about_a_number_that_only_grows() -> None:
    for name, expression in rules().items():
        bare = re.sub(r"rate\([^)]*\)", "", expression)
        assert not re.search(r"_(total|bucket|count|sum)\b", bare), name


def test_the_steps_are_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    timed = {step for step in OF_THE_GATEWAY if not step.endswith(("-received", "-written", "-claimed"))}
    assert {step for step in timed if f"`{step}`" not in text} == set()


# ---- settings and limits --------------------------------------------------------------


def test_no_deployed_file_names_a_setting_that_is_not_there() -> None:
    known = {name for name, _, _ in settings_table()}
    for path in files():
        if path.parts[0] == "deploy":
            named = set(re.findall(r"\bGATEWAY_[A-Z_]*[A-Z]\b", (ROOT / path).read_text(encoding="utf-8")))
            assert named <= known, path


def _nginx(directive: str) -> str:
    (found,) = set(re.findall(rf"^\s*{directive} ([^;]+);", NGINX, re.MULTILINE))
    return str(found)


def test_the_proxy_takes_as_much_as_the_gateway_and_waits_longer() -> None:
    assert _nginx("client_max_body_size") == str(Settings().max_payload_bytes)
    for directive in ("proxy_read_timeout", "proxy_send_timeout"):
        assert int(_nginx(directive).removesuffix("s")) > Settings().request_seconds
    assert _nginx("proxy_next_upstream") == "off"
    logged = " ".join(re.findall(r"^log_format [^;]*;", NGINX, re.MULTILINE))
    assert not re.search(r"\$(request\b|request_uri|uri|args|query_string|http_)", logged)


def _unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def test_the_service_is_stopped_later_than_the_gateway_stops_and_not_restarted_when_half_configured() -> None:
    assert int(_unit("TimeoutStopSec")[0]) > Settings().stop_seconds
    assert int(_unit("TimeoutStartSec")[0]) > Settings().database_wait_seconds
    assert _unit("RestartPreventExitStatus") == ["2"]
    for key, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "UMask": "0077"}.items():
        assert _unit(key) == [value]
    assert not [line for line in _unit("Environment") if re.match(r"GATEWAY_(KEY_PASSPHRASE|DATABASE_URL)=", line)]


@pytest.mark.parametrize("name", ["gateway.service", "gateway-collect.service"])
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
    verify = shutil.which("systemd-analyze")
    if verify is None:
        assert re.findall(r"^\[(\w+)\]$", unit, re.MULTILINE) == ["Unit", "Service", "Install"]
        return
    copy = tmp_path / name
    copy.write_text(unit.replace("/opt/gateway/bin/gateway", "/bin/true"), encoding="utf-8")
    done = subprocess.run([verify, "verify", copy], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if name in line] == []


def test_the_service_of_collectors_stops_later_than_a_gateway_may_answer_and_keeps_its_state() -> None:
    unit = (DEPLOY / "systemd" / "gateway-collect.service").read_text(encoding="utf-8")
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(stop) > WrittenSchema().fields["timeout_seconds"].load_default
    for line in ("StateDirectory=gateway-collect", "RestartPreventExitStatus=2", "ProtectSystem=strict"):
        assert line in unit.splitlines()


def test_the_compose_file_holds_no_secret_pins_its_images_and_asks_for_health() -> None:
    assert not re.search(r"(?i)(password|passphrase|database_url): *[^\s/]", COMPOSE)
    images = re.findall(r"image: (\S+)", COMPOSE)
    assert images
    assert all(re.search(r":\d+\.\d+", image) for image in images)
    services = re.split(
        r"^  (?=\w+:$)", COMPOSE.partition("services:")[2].partition("\nnetworks:")[0], flags=re.MULTILINE
    )
    for service in services[1:]:
        assert "healthcheck:" in service
        assert "stop_grace_period:" in service
    graces = [int(seconds) for seconds in re.findall(r"stop_grace_period: (\d+)s", COMPOSE)]
    assert max(graces) > int(re.findall(r'GATEWAY_STOP_SECONDS: "(\d+)"', COMPOSE)[0])
