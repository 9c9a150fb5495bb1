"""The worked example of docs/cds-hooks.md, as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.jsontext import loads
from tests.blueprint import ROOT
from tests.cds.his import SIGN, His
from tests.docs.commands import fences
from tests.prior.laboratory import told

DOCUMENT = Path("docs") / "cds-hooks.md"
HOOK, FEEDBACK = (loads(text) for text in fences(DOCUMENT, "json"))


def test_the_example_of_the_document_gets_a_card_and_its_feedback_is_taken(his: His) -> None:
    told(his.world, days_ago=3)
    (card,) = his.cards(SIGN, HOOK)
    assert card["suggestions"]
    told_of: dict[str, Any] = FEEDBACK["feedback"][0]
    assert told_of["overrideReason"]["reason"]["code"] in {one["code"] for one in card["overrideReasons"]}
    assert his.feedback(told_of | {"card": card["uuid"]}).status_code == 200


def test_the_document_names_every_service(asking: His) -> None:
    text = (ROOT / DOCUMENT).read_text("utf-8")
    services = asking.world.http.get("/cds-services").json["services"]  # type: ignore[index]  # it is JSON
    assert all(f"`{one['id']}`" in text for one in services)
