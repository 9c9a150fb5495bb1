"""``gateway simulate``: the other side of an exchange, and systems that cannot send, to try a gateway against."""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from pathlib import Path

import click

from gateway.cli.clock import now
from gateway.cli.say import line, read_input, words


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The other side of an exchange, to try a sender against; a hospital's systems, to try a collector.

    Example: gateway simulate behaviours
    """


def _address(_ctx: click.Context, _param: click.Parameter, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("HOST:PORT expected")
    return host.strip("[]"), int(port)


def _listener(ctx: click.Context, param: click.Parameter, text: str) -> str:
    if text:
        _address(ctx, param, text)
    return text


@command.command("recipient")
@click.option("--bind", default="127.0.0.1:8090", show_default=True, callback=_address, help="HOST:PORT to listen on.")
@click.option(
    "--behave",
    multiple=True,
    metavar="BEHAVIOUR",
    help="What it does with the next message; several in order. NAME*3: three times, NAME*: from then on.",
)
@click.option("--behave-token", multiple=True, metavar="BEHAVIOUR", help="The same for its token endpoint.")
@click.option("--believe", default="", metavar="TRUST", help="Take messages of this trust file's facilities only.")
@click.option("--tls-cert", default="", help="PEM file of its TLS certificate chain; with --tls-key.")
@click.option("--tls-key", default="", help="PEM file of its TLS key.")
@click.option("--facility", default="99999", show_default=True, help="The facility code it signs receipts as.")
@click.option(
    "--folder", default="simulated-recipient", show_default=True, help="Where its keys, trust.json and client.json are."
)
def recipient(
    bind: tuple[str, int],
    behave: tuple[str, ...],
    behave_token: tuple[str, ...],
    believe: str,
    tls_cert: str,
    tls_key: str,
    facility: str,
    folder: str,
) -> None:
    """A recipient that answers with real signed receipts, or lies, dawdles, repeats itself or dies as told.

    It writes trust.json and client.json into its folder, says where it listens as a JSON line,
    and serves until stopped. Register it with what it wrote:

    \b
    gateway recipient add trial --url http://127.0.0.1:8090 \\
        --trust simulated-recipient/trust.json --client simulated-recipient/client.json

    While it runs: GET /simulator/requests tells what came, POST /simulator/script changes the
    script ({"messages": ["slow:2", "status:503*"]}).

    Example: gateway simulate recipient --bind 127.0.0.1:8090 --behave status:503*2 --behave wrong-signature
    """
    # the server loads only when it serves
    from gateway.jsontext import dumps
    from gateway.simulator.behaviour import AT_TOKEN, Script
    from gateway.simulator.identity import SCOPE, kept_identity
    from gateway.simulator.recipient import SimulatedRecipient
    from gateway.trust import trustfile

    if bool(tls_cert) != bool(tls_key):
        raise click.UsageError("--tls-cert and --tls-key go together")
    scripts = Script(behave), Script(behave_token, allowed=AT_TOKEN)
    believes = trustfile.read(read_input(believe)) if believe else None
    place = Path(folder)
    identity = kept_identity(place, facility, "Simulated recipient", now=now())
    try:
        made = SimulatedRecipient(
            identity, bind=bind, tls=(tls_cert, tls_key) if tls_cert else None, believes=believes, now=now
        )
    except OSError as wrong:
        raise click.UsageError(f"{bind[0]}:{bind[1]}: {wrong.strerror}") from None
    made.messages, made.tokens = scripts
    client = {"client_id": identity.client_id, "scopes": [SCOPE], "private_jwk": identity.client_jwk}
    (place / "trust.json").write_bytes(identity.trust(now()).as_bytes())
    (place / "client.json").touch(mode=0o600)
    (place / "client.json").write_bytes(dumps({"client": client}))
    line(
        {"url": made.url, "facility": identity.facility, "trust": place / "trust.json", "client": place / "client.json"}
    )
    words("Ctrl-C stops it.")
    made.serve()


@command.command("hospital")
@click.argument("folder")
@click.option("--sample", required=True, help="The file that each written one is like.")
@click.option("--number", "numbers", multiple=True, help="A text of the sample that is another in each file.")
@click.option(
    "--behave", multiple=True, metavar="BEHAVIOUR", help="How the next file is written; several in order, NAME*3."
)
@click.option("--pause", type=click.FloatRange(0, 3600), default=0.0, help="Seconds between two files; 0.")
@click.option("--begin", type=click.IntRange(1), default=1, help="The number of the first; 1.")
def hospital(
    folder: str, sample: str, numbers: tuple[str, ...], behave: tuple[str, ...], pause: float, begin: int
) -> None:
    """A hospital's system that writes files into a folder as such systems do, or dies at it, as told.

    Says each file that is there as a JSON line, and ends when it has written what it was told to.

    Example: gateway simulate hospital . --sample adapters/hl7v2/samples/lab-hematology.hl7 --behave twice
    """
    from time import sleep

    from gateway.simulator.hospital import SimulatedHospital, read_writings

    place = Path(folder)
    if not place.is_dir():
        raise click.BadParameter(f"{folder}: no such folder")
    made = SimulatedHospital(place, read_input(sample), Path(sample).suffix, numbers, sleep, begin=begin)
    for place_in_order, behaviour in enumerate(list(islice(read_writings(behave or ["whole"]), 1_000_000))):
        if place_in_order:
            sleep(pause)
        for file in made.write(behaviour):
            line({"file": file.name, "sha256": sha256(file.content).hexdigest(), "whole": file.whole})


@command.command("view")
@click.argument("file")
@click.option("--rows", required=True, help="Table (CSV, UTF-8) whose reports come into the view one after another.")
@click.option("--report", default="SO_PHIEU", show_default=True, help="The column that names a report.")
@click.option(
    "--behave",
    multiple=True,
    metavar="BEHAVIOUR",
    help="How the next report comes; several in order, NAME*3, then whole.",
)
@click.option("--pause", type=click.FloatRange(0, 3600), default=0.0, help="Seconds between two reports; 0.")
def view(file: str, rows: str, report: str, behave: tuple[str, ...], pause: float) -> None:
    """A laboratory's database, an SQLite file with the view a collector reads, written as such systems write.

    Says what a [[view]] needs to know as a JSON line, then one a report; ends when all reports are in it.

    Example: gateway simulate view lis.db --rows adapters/tabular/samples/xn-huyen.csv --behave half:1
    """
    from time import sleep

    from gateway.simulator.behaviour import Behaviour
    from gateway.simulator.hospital import read_writings
    from gateway.simulator.lis import ENTRIES, SimulatedLis, reports

    place = Path(file)
    try:
        found = reports(read_input(rows).decode("utf-8-sig"), report)
    except ValueError as wrong:
        raise click.BadParameter(f"{rows}: {wrong}", param_hint="--rows") from None
    told = list(islice(read_writings(behave, ENTRIES), len(found)))
    told += [Behaviour("whole")] * (len(found) - len(told))
    if place.exists() or not place.absolute().parent.is_dir():
        raise click.BadParameter(f"{file}: it is there already, or its folder is not")
    made = SimulatedLis(place, list(found[0][0]), sleep)
    known = {"columns": made.columns, "report": [report], "key": ["id"], "mark": "changed", "since": 0}
    line({"database": made.url, "view": made.view, **known})
    for number, (entered, behaviour) in enumerate(zip(found, told, strict=True), 1):
        if number > 1:
            sleep(pause)
        made.enter(entered, behaviour)
        line({"report": number, "rows": len(entered), "behaviour": behaviour.name})


@command.command("pacs")
@click.option("--port", type=click.IntRange(0, 65535), default=8104, show_default=True, help="Where it listens, here.")
@click.option(
    "--study", "studies", multiple=True, metavar="FILE", help="A study it holds (DICOM JSON); without it a made-up one."
)
@click.option(
    "--behave",
    multiple=True,
    metavar="BEHAVIOUR",
    help="What it does with the next request; several in order, NAME*3, NAME*.",
)
@click.option("--most", type=click.IntRange(1), default=None, help="It never lists more at once, whatever it is asked.")
@click.option("--repeats", is_flag=True, help="It does not know offset, and lists the same page each time.")
def pacs(port: int, studies: tuple[str, ...], behave: tuple[str, ...], most: int | None, repeats: bool) -> None:
    """An image archive that answers QIDO-RS on this machine, or dawdles, talks nonsense, vanishes or repeats itself.

    Its studies are dated today. Says its address and what it holds as a JSON line, and serves until stopped.
    It can be told what `gateway simulate behaviours` marks at_token.

    Example: gateway simulate pacs --behave slow:5 --behave html --behave hang-up*3
    """
    from importlib import resources
    from threading import Event

    from gateway.simulator.pacs import SimulatedPacs
    from gateway.simulator.studies import read_study

    try:
        made = SimulatedPacs(cap=most or 0, deaf=repeats, port=port)
    except OSError as wrong:
        raise click.UsageError(f"port {port}: {wrong.strerror}") from None
    with made:
        made.script.follow(*behave)
        sample = resources.files("adapters").joinpath("dicomweb", "samples", "chest-radiograph.json")
        files = {name: read_input(name) for name in studies} or {"its own": sample.read_bytes()}
        held = []
        for name, content in files.items():
            try:
                held.append(read_study(content, now().date()))
            except ValueError as wrong:
                raise click.BadParameter(f"{name}: {wrong}", param_hint="--study") from None
            made.store(held[-1])
        line({"url": made.url, "studies": [one.uid for one in held]})
        words("Ctrl-C stops it.")
        Event().wait()


@command.command("behaviours")
def behaviours() -> None:
    """What the simulated recipient can be told to do, a line each; its token endpoint, and the archive: at_token.

    Example: gateway simulate behaviours
    """
    from gateway.simulator.behaviour import AT_TOKEN, BEHAVIOURS

    for name, meaning in BEHAVIOURS.items():
        line({"behaviour": name, "does": meaning, "at_token": name.partition(":")[0] in AT_TOKEN})


@command.command("writings")
def writings() -> None:
    """How the simulated hospital can be told to write a file, a line each.

    Example: gateway simulate writings
    """
    from gateway.simulator.hospital import WRITINGS

    for name, meaning in WRITINGS.items():
        line({"behaviour": name, "does": meaning})


@command.command("entries")
def entries() -> None:
    """How the simulated view can be told to take a report in, a line each.

    Example: gateway simulate entries
    """
    from gateway.simulator.lis import ENTRIES

    for name, meaning in ENTRIES.items():
        line({"behaviour": name, "does": meaning})


@command.command("faulty")
@click.option("--upstream", required=True, help="The real gateway, https://HOST:PORT; its base URL is this proxy's.")
@click.option("--fault", "name", required=True, help="What is broken: see `gateway simulate faults`.")
@click.option("--port", type=click.IntRange(0, 65535), default=8070, show_default=True, help="Where it listens, here.")
@click.option(
    "--mllp",
    default="",
    metavar="HOST:PORT",
    callback=_listener,
    help="The real gateway's MLLP listener, to stand before, too.",
)
@click.option("--tls", default="", metavar="FOLDER", help="Under TLS, by an authority of its own: FOLDER/ca.pem.")
def faulty(upstream: str, name: str, port: int, mllp: str, tls: str) -> None:
    """A gateway that is broken in exactly one way, to see that a check notices: a proxy before a real one.

    Start the gateway with GATEWAY_BASE_URL set to this proxy's address, so that its links lead here.

    Example: gateway simulate faulty --upstream http://127.0.0.1:8080 --fault digits-lost
    """
    from gateway.simulator.faulty.listener import FaultyListener
    from gateway.simulator.faulty.proxy import FaultyGateway, checked_upstream, fault_named
    from gateway.simulator.faulty.secured import Secured

    chosen, behind = fault_named(name), checked_upstream(upstream)
    if tls and not Path(tls).is_dir():
        raise click.BadParameter(f"{tls}: no such folder", param_hint="--tls")
    try:
        made = FaultyGateway(fault=chosen, port=port, secured=Secured(Path(tls)) if tls else None)
    except OSError as wrong:
        raise click.UsageError(f"port {port}: {wrong.strerror}") from None
    made.upstream = behind
    told = {"url": made.url, "upstream": behind, "fault": chosen.name, "breaks": chosen.breaks}
    with FaultyListener(fault=chosen, upstream=mllp) as listener:
        line(told | ({"mllp": listener.address} if mllp else {}))
        words("Ctrl-C stops it.")
        made.serve()


@command.command("faults")
def faults_listed() -> None:
    """What a faulty gateway can be told to break, a line each, with the requirement whose check notices.

    Example: gateway simulate faults
    """
    from gateway.simulator.faulty.proxy import faults

    for fault in faults().values():
        line({"fault": fault.name, "does": fault.does, "breaks": fault.breaks})
