"""``python -m tests.cli.dying_command PLACE NTH COMMAND …``: the `gateway` command, killed as by ``kill -9``.

It dies the NTH time that it comes to the PLACE, on the way of one record translated again. All else is the product.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway.cli import main
from gateway.intake import Intake
from gateway.retranslation import Retranslation
from gateway.store import audit

AUDITED = "exchange-translated-again"  # the line of one record; others are not counted
BEFORE, AFTER = False, True

# In the order in which a record comes to them; all but the last within its transaction.
PLACES: dict[str, tuple[Any, str, bool]] = {
    "begun": (Intake, "again", BEFORE),
    "stored": (Intake, "again", AFTER),
    "replaced": (audit, "append", BEFORE),
    "written": (audit, "append", AFTER),
    "committed": (Retranslation, "_kept", AFTER),
}


def dying(place: str, nth: int) -> None:
    """From now on in this process."""
    owner, name, after = PLACES[place]
    done: Callable[..., Any] = getattr(owner, name)
    left = nth

    def killed(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= owner is not audit or AUDITED in given
        if left == 0 and after:
            done(*given, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done(*given, **named)

    setattr(owner, name, killed)


if __name__ == "__main__":
    dying(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:3] = []
    main()
