"""``python -m tests.soak``: nothing acknowledged is lost, whatever dies.

Exit 0 when acknowledged = stored = delivered, with no duplicate, nothing lost, and a death at
every named step; 1 when not; 2 when this machine does not allow it to be found out.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

import click

from tests.soak import network
from tests.soak.report import told
from tests.soak.site import Failed
from tests.soak.soak import soak
from tests.soak.trouble import Extent
from tests.soak.world import Kind

STORES: tuple[Kind, ...] = ("sqlite", "postgresql")


def main() -> int:
    chosen = _options()
    began = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"[{time.monotonic() - began:5.0f} s] {what}", err=True)

    extent = Extent(chosen.kills, at_each_step=1 if chosen.quick else 2, outage=2 if chosen.quick else 6,
                    refusals=2 if chosen.quick else 6)  # fmt: skip
    green = True
    for kind in STORES:
        if kind not in chosen.stores.split(","):
            continue
        try:
            report = soak(kind, chosen.exchanges, extent, chosen.seed, say)
        except Failed as failed:
            click.echo(f"{kind}: {failed}")
            green = False
            continue
        click.echo(told(report))
        green = green and report.green
    return 0 if green else 1


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    options.add_argument("--exchanges", type=int, default=0, help="at least so many on each store (1000; quick 60)")
    options.add_argument("--kills", type=int, default=0, help="at random, on each store (50; quick 6)")
    options.add_argument("--stores", default=",".join(STORES), help="by comma (%(default)s)")
    options.add_argument("--seed", type=int, default=int(datetime.now(UTC).timestamp()), help="of what is random")
    options.add_argument("--quick", action="store_true", help="all of it, small: under a minute a store")
    chosen = options.parse_args()
    chosen.exchanges = chosen.exchanges or (60 if chosen.quick else 1000)
    chosen.kills = chosen.kills or (6 if chosen.quick else 50)
    if set(chosen.stores.split(",")) - set(STORES):
        options.error(f"--stores: {' or '.join(STORES)}, by comma")
    return chosen


if __name__ == "__main__":
    network.entered(lambda: sys.exit(main()))
