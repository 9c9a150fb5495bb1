"""How each row of HL7's maps stands, which takes ten thousand messages to know."""

from __future__ import annotations

from functools import cache

from adapters.hl7v2 import Hl7v2Adapter
from gateway.coverage import Covered
from tests.once import once


@cache
def accounted() -> tuple[Covered, ...]:
    """Every row of every structure, in their order."""
    return once("hl7v2-coverage", lambda: tuple(Hl7v2Adapter().coverage()))
