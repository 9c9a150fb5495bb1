"""docs/api.md names every door and every status there is, docs/metrics.md every metric."""

from __future__ import annotations

import re

from tests.blueprint import ROOT
from tests.rest.world import World

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
_PLACEHOLDERS = {
    "<resource_type>": "{Type}",
    "<logical_id>": "{id}",
    "<exchange_id>": "{id}",
    "<code>": "{code}",
    "<service_id>": "{id}",
}


def _as_documented(route: str) -> str:
    for name, shown in (_PLACEHOLDERS | {"<vid>": "{vid}"}).items():
        route = route.replace(name, shown)
    return route


def test_every_route_is_in_the_document(door: World) -> None:
    routes = {_as_documented(found.rule) for found in door.app.url_map.iter_rules()}
    assert [route for route in routes if not route.startswith("/console") and route not in TEXT] == []


def test_the_metrics_in_the_document_are_those_that_are_told(door: World) -> None:
    shown = re.findall(r"^# HELP (\S+)", door.http.get("/metrics").text, re.MULTILINE)
    named = re.findall(r"`(gateway_[a-z_]+)`", (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(name for name in shown if not name.endswith("_created"))


def test_the_document_promises_no_address_that_is_not_there(door: World) -> None:
    routes = {_as_documented(found.rule) for found in door.app.url_map.iter_rules()}
    promised = set(re.findall(r"(?:GET|POST) (/[^\s`?…]*)", TEXT))
    assert promised - routes == set()
