"""``make oracle``: where the gateway's check and HL7's reference validator disagree, and whether that was agreed to.

Exit 0 when nothing differs from ``tests/r4/oracle/agreed.toml``, 1 otherwise.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from gateway.r4 import check
from tests.r4.oracle.comparing import Disagreement, Error, agreed, difference, disagreements, gateway_errors
from tests.systems.oracle.reference import judge
from tests.systems.oracle.shown import shown


def main() -> int:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        resources = shown(Path(folder))
    ours = {name: gateway_errors(check(resource)) for name, resource in resources.items()}
    theirs = judge(resources)
    found = {one for name in resources for one in disagreements(name, ours[name], theirs[name])}
    expected = agreed()
    differs = difference(found, expected)
    for title, chosen in (
        ("agreed", found - differs.new),
        ("NEW, not agreed", differs.new),
        ("NO LONGER OCCURS", differs.gone),
    ):
        for one in sorted(chosen):
            _say(f"{title}: {_told(one, ours, theirs)}")
            if one in expected:
                _say(f"    {expected[one]}")
    emitted = [name for name in resources if not name.startswith(("good/", "broken/"))]
    _say(
        f"{len(resources)} resources in {time.monotonic() - begun:.0f} s; of {len(emitted)} that the gateway emits the "
        f"reference validator refuses {sum(bool(theirs[name]) for name in emitted)}, the gateway's check "
        f"{sum(bool(ours[name]) for name in emitted)}; {len(found)} disagreements, {len(differs.new)} new, "
        f"{len(differs.gone)} that no longer occur"
    )
    return 1 if differs.new or differs.gone else 0


def _told(one: Disagreement, ours: dict[str, list[Error]], theirs: dict[str, list[Error]]) -> str:
    other = (theirs if one.who == "gateway" else ours).get(one.resource)
    weight = "" if other else " (the other side accepts it)"
    return f"{one.resource}: only {one.who} says {one.rule} at {one.element or 'no place'}{weight}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
