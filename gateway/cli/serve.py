"""``gateway serve``: the HTTP gateway with its delivery worker."""

from __future__ import annotations

import click

from gateway.settings import read_settings


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--bind", default="", help="HOST:PORT to listen on; without it GATEWAY_BIND, or 127.0.0.1:8080.")
@click.option("--mllp", multiple=True, help="HOST:PORT=FACILITY to listen on for HL7 v2; without it GATEWAY_MLLP.")
@click.option("--check", is_flag=True, help="Only say what would keep it from starting: exit 0, or 2.")
def command(bind: str, mllp: tuple[str, ...], check: bool) -> None:
    """The HTTP gateway under gunicorn with its delivery worker, until stopped (SIGTERM finishes what is under way).

    With --mllp it listens for HL7 v2 too, each address bound to a facility.

    An empty database is created; an older one is refused, naming the command to run.

    Example: gateway serve --bind 127.0.0.1:8080
    """
    given = {"bind": bind, "mllp": ",".join(mllp)}
    settings = read_settings(None, **{name: value for name, value in given.items() if value})
    from gateway import serve  # Flask and gunicorn load only when they serve

    if check:
        serve.check(settings)
    else:
        serve.serve(settings)
