"""``python -m tests.soak``: nothing acknowledged is lost, whatever dies.

Exit 0 when acknowledged = stored = delivered, with no duplicate, nothing lost, and a death at
every named step; 1 when not; 2 when this machine does not allow it to be found out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.soak import network
from tests.soak.hosts import soak_hosts
from tests.soak.report import machine_told, told, told_of_hosts, written
from tests.soak.site import Failed
from tests.soak.soak import soak
from tests.soak.trouble import Extent

STORES = ("sqlite", "postgresql", "hosts")


@click.command()
@click.option("--exchanges", type=int, help="At least so many on each store; 1000, quick 60.")
@click.option("--kills", type=int, help="At random, on each store; 50, quick 6.")
@click.option("--stores", default=",".join(STORES), show_default=True, help="By comma; hosts: two on one PostgreSQL.")
@click.option("--seed", type=int, help="Of what is random; told in the report.")
@click.option("--quick", is_flag=True, help="All of it, small.")
@click.option(
    "--write",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put the report into this document, between its marks.",
)
def command(
    exchanges: int | None, kills: int | None, stores: str, seed: int | None, quick: bool, write: Path | None
) -> None:
    """Gateways under load, killed at every named step and at random; is anything lost?"""
    chosen = stores.split(",")
    if unknown := set(chosen) - set(STORES):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: {', '.join(STORES)} by comma", param_hint="--stores")
    number = exchanges or (60 if quick else 1000)
    extent = Extent(kills or (6 if quick else 50), at_each_step=1 if quick else 2, outage=2 if quick else 6,
                    refusals=2 if quick else 6)  # fmt: skip
    drawn = int(datetime.now(UTC).timestamp()) if seed is None else seed
    began = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"[{time.monotonic() - began:5.0f} s] {what}", err=True)

    parts: dict[str, Callable[[], tuple[str, bool]]] = {
        "sqlite": lambda: told(soak("sqlite", number, extent, drawn, say)),
        "postgresql": lambda: told(soak("postgresql", number, extent, drawn, say)),
        "hosts": lambda: told_of_hosts(soak_hosts(max(60, number // 3), drawn, say)),
    }
    lines, green = [machine_told(datetime.now(UTC).date(), drawn)], True
    for store in chosen:
        try:
            said, held = parts[store]()
        except Failed as failed:
            said, held = f"{store}: NOT GREEN: {failed}", False
        click.echo(said)
        lines.append(said)
        green = green and held
    lines.append(f"{time.monotonic() - began:.0f} s in all")
    if write is not None:
        write.write_text(written(write.read_text("utf-8"), "\n".join(lines)), "utf-8")
    sys.exit(0 if green else 1)


if __name__ == "__main__":
    network.entered(command)
