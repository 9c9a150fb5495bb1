"""``gateway worker``: deliveries alone."""

from __future__ import annotations

import click

from gateway.settings import read_settings


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Deliveries alone, for more hosts on one PostgreSQL; until stopped.

    Example: GATEWAY_DATABASE_URL=postgresql://gateway@db/gateway gateway worker
    """
    from gateway.serve import work  # Flask and gunicorn load only when they serve

    work(read_settings())
