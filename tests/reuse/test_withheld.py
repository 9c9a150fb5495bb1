"""What may not be shown and may be as new as the chosen result leaves the decision to the clinician."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.reuse.result import Taken
from tests.reuse.reusable import HBA1C, NOW, PRIOR, codes, verdict

MORNING = NOW - timedelta(days=3)
OF_A_DAY = replace(PRIOR, taken=Taken(MORNING, MORNING + timedelta(days=1), "sampling"), issued=None)


@pytest.mark.parametrize(
    ("after", "decision"),
    [(-timedelta(minutes=1), "reuse"), (timedelta(), "clinician-decides"), (timedelta(hours=9), "clinician-decides")],
)
def test_of_a_result_of_which_only_the_day_is_known_what_was_taken_that_day_may_be_newer(
    after: timedelta, decision: str
) -> None:
    found = verdict(OF_A_DAY, withheld={HBA1C: MORNING + after})
    assert found.decision == decision
    assert ("reuse-newest-unsure" in codes(found)) is (decision != "reuse")
