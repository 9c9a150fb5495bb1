"""HL7's reference validator and the gateway's check disagree where that was agreed to, and nowhere else.

Needs Maven and a JDK. https://confluence.hl7.org/display/FHIR/Using+the+FHIR+Validator
"""

from __future__ import annotations

import pytest

from tests.systems.oracle.__main__ import main


def test_nothing_disagrees_but_what_was_agreed(capfd: pytest.CaptureFixture[str]) -> None:
    ended = main()
    told = capfd.readouterr().out.splitlines()
    differs = [line for line in told if line.startswith(("NEW", "NO LONGER"))]
    assert (ended, differs) == (0, [])
