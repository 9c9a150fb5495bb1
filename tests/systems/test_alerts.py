"""Prometheus's own tool takes the rules, and finds one alert an incident that ends by itself."""

from __future__ import annotations

import subprocess

from tests.systems.serving import ROOT

FOLDER = ROOT / "deploy" / "prometheus"


def promtool(*typed: str) -> None:
    done = subprocess.run(["promtool", *typed], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_and_the_configuration_are_valid() -> None:
    promtool("check", "rules", "alerts.yml")
    promtool("check", "config", "prometheus.yml")


def test_each_incident_raises_one_alert_that_ends_by_itself() -> None:
    promtool("test", "rules", "alerts_test.yml")
