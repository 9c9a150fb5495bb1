"""``python -m tests.soak.dying FOLDER serve``: the ``gateway`` command, obeying orders to die and with a clock to step.

All else is the product: what is added listens to its named steps, and adds to its clock the
seconds that stand in FOLDER/offset.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from gateway import app, steps
from gateway.cli import clock, main
from tests.soak.orders import Orders
from tests.soak.trail import Trail

OFFSET = "offset"  # file of the seconds by which the clock is wrong
LINK = "eth0"  # the network of a gateway in a namespace of its own


def offset(folder: Path) -> timedelta:
    """By how much the clock of this folder's gateway is wrong."""
    try:
        return timedelta(seconds=float((folder / OFFSET).read_text()))
    except FileNotFoundError:
        return timedelta()


def obeying(orders: Orders) -> steps.Listener:
    """A listener that dies where it is told to, without a word, as under ``kill -9``."""

    def reached(step: steps.Step, _took: float | None = None) -> None:
        match orders.take(step):
            case "all":
                os.killpg(0, signal.SIGKILL)
            case "one":
                os.kill(os.getpid(), signal.SIGKILL)
            case "cut":
                subprocess.run(["ip", "link", "set", LINK, "down"], check=True)

    return reached


def listen(folder: Path) -> None:
    """To every step: noted where a trail is kept, then obeyed."""
    if (trail := Trail(folder)).kept():
        steps.listen(trail.note)
    steps.listen(obeying(Orders(folder)))


def step_clock(folder: Path) -> None:
    """A running gateway has the time from ``gateway.app``, a command from ``gateway.cli.clock``: both read it here."""

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain datetime is enough
            return datetime.now(tz) + offset(folder)

    for place in (app, clock):
        setattr(place, "datetime", Stepped)  # noqa: B010  # mypy takes no assignment to an imported class


if __name__ == "__main__":
    place = Path(sys.argv.pop(1))
    step_clock(place)
    listen(place)
    main()
