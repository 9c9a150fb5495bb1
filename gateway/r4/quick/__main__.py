"""Prints the generated check of R4 types: ``python -m gateway.r4.quick Observation Quantity``."""

from __future__ import annotations

import sys

from gateway.r4.quick.checks import text_of

for _name in sys.argv[1:]:
    sys.stdout.write(text_of(_name))
