"""What is judged on the way in that the R4 check of a collection leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gateway.adapter import Payload, Profile, Record, SourceAdapter, Translation
from gateway.errors import NotConformant
from gateway.facility import Facility
from gateway.judgement import Asked, Judge
from tests.judges.records import PATIENT, made

NOWHERE = {"reference": "urn:uuid:ffffffff-ffff-4fff-8fff-ffffffffffff"}


class Careless(SourceAdapter):
    """Translates to an Observation of nobody who is there."""

    name, version = "careless", "1"

    def recognises(self, payload: Payload) -> bool:
        return True

    def translate(self, record: Record, facility: Profile) -> Translation:
        found = made("Observation", "result", status="final", code={"text": "a"}, valueInteger=1, subject=NOWHERE)
        return Translation([PATIENT, found], lineage={"Observation[0].subject.reference": "OBX[1]-9"})

    def records(self, payload: Payload) -> Sequence[Record]:
        return [Record(payload.data, "", payload.data)]


def test_a_record_that_points_to_nothing_is_refused_at_the_field_it_came_from() -> None:
    asked = Asked(Facility("79001"), Payload(b"a"), "", None, datetime(2026, 11, 22, tzinfo=UTC))
    with pytest.raises(NotConformant) as refused:
        Judge([Careless()], "http://127.0.0.1:1", "secret").judge(asked)
    found = [(issue.severity, issue.rule, issue.source) for issue in refused.value.issues]
    assert ("error", "r4-reference-dangling", "OBX[1]-9") in found
