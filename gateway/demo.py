"""The main job, end to end, as strangers would do it: the ``gateway`` command and HTTPS calls only.

A laboratory (HL7 v2) and a provincial hospital (BHYT XML) send payloads to their gateway; the
city hospital's own gateway receives the signed exchanges, is asked by citizen id for earlier
results, verifies one offline, and is shown a tampered copy failing. A commune health station refers
the citizen to the city hospital, which reads the referral and the follow-up in words.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.bundle import CCCD
from gateway.settings import environment_without_settings
from gateway.trust.authority import issue_server, new_authority

LABORATORY, PROVINCE, COMMUNE, CITY, PARTNER = "79001", "01999", "01888", "79900", "gateway-01"
CITIZEN = "001090000001"  # of the synthetic patient in both samples
LAB_SAMPLE = ("hl7v2", "samples", "lab-hematology.hl7")
HOSPITAL_SAMPLE = ("bhyt", "samples", "provincial-hospital.xml")
REFERRAL_SAMPLE = ("bhyt", "samples", "referral-and-follow-up.xml")
PATIENCE = 60  # seconds for a gateway to be ready, and for a delivery to arrive


class StepFailed(Exception):
    """A step of the job did not hold; the text says which and what was seen."""


@dataclass
class Site:
    """One gateway of the demo: its folder, its address, and the process once it runs."""

    name: str
    folder: Path
    port: int
    tls: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.environment = environment_without_settings() | {
            "GATEWAY_DATA_DIR": str(self.folder),
            "GATEWAY_BIND": f"127.0.0.1:{self.port}",
            "GATEWAY_TLS_CERT": str(self.tls / "server.pem"),
            "GATEWAY_TLS_KEY": str(self.tls / "server.key"),
            "GATEWAY_CA_FILE": str(self.tls / "ca.pem"),
            "GATEWAY_DELIVERY_FIRST_RETRY_SECONDS": "1",
        }

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def command(self, *arguments: str, expect: int = 0) -> Any:
        """Run ``gateway …`` for this site; its JSON answer. StepFailed on another exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            env=self.environment,
            capture_output=True,
            check=False,
        )
        if done.returncode != expect:
            said = done.stderr.decode(errors="replace").strip()
            raise StepFailed(f"gateway {' '.join(arguments[:2])} ended {done.returncode}: {said}")
        return json.loads(done.stdout.splitlines()[0]) if done.stdout else None

    def call(self, path: str, *, token: str = "", data: bytes | None = None, kind: str = "") -> tuple[int, Any]:
        """One HTTPS call: status and JSON body (None when the gateway is not there yet)."""
        request = urllib.request.Request(self.url + path, data=data)  # noqa: S310  # https to this machine only
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if kind:
            request.add_header("Content-Type", kind)
        context = ssl.create_default_context(cafile=str(self.tls / "ca.pem"))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")
        except (urllib.error.URLError, OSError):
            return 0, None


def run(*, once: bool) -> int:
    """The whole job; 0 when every step held, 1 when one did not. Says what it did on stdout."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    try:
        with ExitStack() as stack:
            sites = _prepare(folder, stack)
            _job(folder, *sites)
            if not once:
                _stay(*sites)
    except StepFailed as failed:
        _say(f"FAILED: {failed}")
        for log in sorted(folder.glob("*/serve.log")):
            _say(f"--- the end of {log.parent.name}'s log")
            _say(log.read_text(errors="replace")[-2000:])
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _prepare(folder: Path, stack: ExitStack) -> tuple[Site, Site, dict[str, Any]]:
    """Two gateways registered with each other, and running."""
    tls = _tls(folder / "tls")
    province = Site("province", folder / "province", _free_port(), tls)
    city = Site("city", folder / "city", _free_port(), tls)
    _say("1. Two gateways: the province's (laboratory and hospital) and the city hospital's own.")
    basis = "patient's written request (demo)"
    clients = {
        LABORATORY: province.command("facility", "add", LABORATORY, "--name", "Phòng xét nghiệm Thử", "--basis", basis),
        PROVINCE: province.command("facility", "add", PROVINCE, "--name", "Bệnh viện tỉnh Thử", "--basis", basis),
        COMMUNE: province.command("facility", "add", COMMUNE, "--name", "Trạm y tế xã Thử", "--basis", basis),
        CITY: city.command("facility", "add", CITY, "--name", "Bệnh viện thành phố Thử", "--basis", basis),
        PARTNER: city.command("facility", "add", PARTNER, "--name", "Province gateway", "--scope", "system/Bundle.c"),
    }
    trust = {site.name: folder / f"{site.name}-trust.json" for site in (province, city)}
    for site in (province, city):
        site.command("key", "export", "--output", str(trust[site.name]))
    key = folder / "partner.json"
    key.write_text(json.dumps(clients[PARTNER]))
    key.chmod(0o600)
    city.command("key", "import", str(trust["province"]), "--name", "province")
    reached = ("--url", city.url, "--trust", str(trust["city"]), "--client", str(key))
    province.command("recipient", "add", "city", *reached, "--facility", CITY, "--basis", "referral (demo)")
    for code in (LABORATORY, PROVINCE):  # the commune's goes where its referral says
        province.command("subscription", "add", "--recipient", "city", "--basis", basis, "--facility", code)
    for site in (province, city):
        stack.enter_context(_serving(site))
    return province, city, {**clients, "trust": trust}


def _job(folder: Path, province: Site, city: Site, known: dict[str, Any]) -> None:
    _say("2. The laboratory sends an HL7 v2 message, the hospital its BHYT XML, each as it is.")
    _send(folder, province, LABORATORY, LAB_SAMPLE, "x-application/hl7-v2+er7", known)
    _send(folder, province, PROVINCE, HOSPITAL_SAMPLE, "application/xml", known)
    _say("3. The city hospital asks its own gateway for the citizen's earlier results.")
    token = _token(folder, city, CITY, known[CITY])
    rows = _results(city, token)
    facilities = sorted({row[0] for row in rows})
    _holds(facilities == [PROVINCE, LABORATORY], f"results came from {facilities}")
    for facility, when, name, value in rows[:12]:
        _say(f"   {facility}  {when:<25}  {name:<34.34}  {value}")
    _say(f"   {len(rows)} results of citizen {CITIZEN} from {len(facilities)} facilities")
    _verify(folder, city, token, known["trust"]["province"])
    _say("5. A commune health station refers the citizen to the city hospital; its XML names it, nobody subscribed.")
    _send(folder, province, COMMUNE, REFERRAL_SAMPLE, "application/xml", known)
    for told in (*_referrals(city, token), *_appointments(city, token)):
        _say(f"   {told}")
    _say("Done: every step held.")


def _send(folder: Path, site: Site, code: str, sample: tuple[str, ...], kind: str, known: dict[str, Any]) -> None:
    """Post a sample twice, which is one exchange, and wait until it is delivered."""
    token = _token(folder, site, code, known[code])
    payload = resources.files("adapters").joinpath(*sample).read_bytes()
    status, answer = site.call(f"/facilities/{code}/payloads", token=token, data=payload, kind=kind)
    _holds(status == 201, f"posting {sample[-1]} gave {status}: {_reasons(answer)}")
    again, _ = site.call(f"/facilities/{code}/payloads", token=token, data=payload, kind=kind)
    _holds(again == 200, f"posting {sample[-1]} again gave {again}")
    for exchange in answer["exchanges"]:
        _say(f"   exchange {exchange['id']}  {code}  {sample[-1]}: translated, checked, signed, {exchange['status']}")
        _delivered(site, exchange["id"], token)


def _referrals(site: Site, token: str) -> list[str]:
    """The referral in words: by which search it is found, to whom, why, and what its paper says."""
    (order,) = _search(site, token, "ServiceRequest", {"category": "http://snomed.info/sct|3457005"})
    paper = _read(site, token, order["supportingInfo"][0])
    to = _read(site, token, order["performer"][0])["identifier"][0]["value"]
    _holds(to == CITY, f"the referral is for {to}")
    why = next(reason["text"] for reason in order["reasonCode"] if "text" in reason)
    parts = [f"  {part['title']}: {_plain(part['text']['div'])}" for part in paper["section"]]
    return [f"{order['identifier'][0]['value']}  {order['code']['text']} → {to}: {why}", *parts]


def _appointments(site: Site, token: str) -> list[str]:
    """The follow-up in words: when, for what, where."""
    (visit,) = _search(site, token, "Appointment", {})
    actors = [_read(site, token, one["actor"]) for one in visit["participant"]]
    (place,) = (one["identifier"][0]["value"] for one in actors if one["resourceType"] == "Location")
    _holds(place == COMMUNE, f"the appointment is at {place}")
    day = ".".join(reversed(visit["requestedPeriod"][0]["start"].split("-")))
    why = next(reason["text"] for reason in visit["reasonCode"] if "text" in reason)
    return [f"{visit['identifier'][0]['value']}  Hẹn khám lại {day} tại {place}: {why}"]


def _search(site: Site, token: str, resource_type: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    """What the citizen has of a type, by FHIR search."""
    query = urllib.parse.urlencode({"patient.identifier": f"{CCCD}|{CITIZEN}", **asked})
    status, page = site.call(f"/fhir/{resource_type}?{query}", token=token)
    _holds(status == 200, f"the search for {resource_type} gave {status}: {_reasons(page)}")
    return [entry["resource"] for entry in page.get("entry", []) if entry["search"]["mode"] == "match"]


def _read(site: Site, token: str, reference: dict[str, str]) -> Any:
    status, found = site.call(f"/fhir/{reference['reference']}", token=token)
    _holds(status == 200, f"reading {reference['reference']} gave {status}: {_reasons(found)}")
    return found


def _plain(narrative: str) -> str:
    """The text of a narrative, without its marks."""
    return html.unescape(re.sub(r"<[^>]*>", " ", narrative)).strip()


def _delivered(site: Site, exchange: str, token: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        status, found = site.call(f"/exchanges/{exchange}", token=token)
        _holds(status == 200, f"reading exchange {exchange} gave {status}")
        if found["status"] == "delivered" or time.monotonic() > ends:
            break
        time.sleep(0.2)
    _holds(found["status"] == "delivered", f"exchange {exchange} is {found['status']}: {found['deliveries']}")
    for delivery in found["deliveries"]:
        response = delivery["receipt"]["entry"][0]["resource"]
        signer = response["sender"]["identifier"]["value"]
        _say(f"   receipt from {signer}: {response['response']['code']}, after {delivery['attempts']} attempt(s)")


def _results(site: Site, token: str) -> list[tuple[str, str, str, str]]:
    """(facility, time, test, value) of every Observation of the citizen, newest first."""
    found: list[dict[str, Any]] = []
    query = urllib.parse.urlencode({"patient.identifier": f"{CCCD}|{CITIZEN}", "_sort": "-date", "_count": "50"})
    path = f"/fhir/Observation?{query}"
    while path:
        status, page = site.call(path, token=token)
        _holds(status == 200, f"the search gave {status}: {_reasons(page)}")
        found += [entry["resource"] for entry in page.get("entry", []) if entry["search"]["mode"] == "match"]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = following[0].removeprefix(site.url) if following else ""
    facilities: dict[str, str] = {}
    for source in {one["meta"]["source"].removeprefix("urn:uuid:") for one in found}:
        status, exchange = site.call(f"/exchanges/{source}", token=token)
        _holds(status == 200, f"reading the received exchange {source} gave {status}: {_reasons(exchange)}")
        facilities[source] = exchange["facility"]
    return [_row(one, facilities) for one in found]


def _row(observation: dict[str, Any], facilities: dict[str, str]) -> tuple[str, str, str, str]:
    quantity = observation.get("valueQuantity", {})
    value = f"{quantity.get('comparator', '')}{quantity['value']} {quantity.get('unit', '')}" if quantity else ""
    concept = observation.get("valueCodeableConcept", {}).get("text", "")
    code = observation["code"]
    name = code.get("text") or code["coding"][0].get("display") or code["coding"][0].get("code", "")
    when = observation.get("effectiveDateTime") or observation.get("issued", "")
    facility = facilities[observation["meta"]["source"].removeprefix("urn:uuid:")]
    return facility, when, name, (value or observation.get("valueString") or concept or observation["status"])


def _verify(folder: Path, city: Site, token: str, trust: Path) -> None:
    _say("4. It saves the evidence of one result, and verifies it offline with the province's trust file.")
    query = urllib.parse.urlencode({"patient.identifier": f"{CCCD}|{CITIZEN}", "_sort": "-date", "_count": "1"})
    _, page = city.call(f"/fhir/Observation?{query}", token=token)
    source = page["entry"][0]["resource"]["meta"]["source"].removeprefix("urn:uuid:")
    status, evidence = city.call(f"/exchanges/{source}/evidence", token=token)
    _holds(status == 200, f"reading the evidence gave {status}: {_reasons(evidence)}")
    raw = _download(city, f"/exchanges/{source}/evidence", token)
    honest, forged = folder / "evidence.json", folder / "tampered.json"
    honest.write_bytes(raw)
    forged.write_bytes(_tampered(raw))
    for file, trusts, expected, code in (
        (honest, ("--trust", str(trust)), "valid", 0),
        (forged, ("--trust", str(trust)), "invalid", 1),
        (honest, (), "unverifiable", 3),
    ):
        told = city.command("verify", *trusts, str(file), expect=code)
        _holds(told["verdict"] == expected, f"{file.name} is {told['verdict']}, not {expected}")
        why = "; ".join(reason["text"] for reason in told["reasons"])
        note = "" if trusts else " without a trust file"
        _say(f"   {file.name}{note}: {told['verdict']}{f' ({why})' if why else ''}")


def _tampered(raw: bytes) -> bytes:
    """The evidence with one digit of one measured value changed."""
    place = raw.index(b'"value":', raw.index(b'"valueQuantity":'))
    while not raw[place : place + 1].isdigit():
        place += 1
    other = b"9" if raw[place : place + 1] != b"9" else b"1"
    return raw[:place] + other + raw[place + 1 :]


def _download(site: Site, path: str, token: str) -> bytes:
    """The body as its bytes: evidence is kept digit by digit."""
    request = urllib.request.Request(site.url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    context = ssl.create_default_context(cafile=str(site.tls / "ca.pem"))
    with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body


def _token(folder: Path, site: Site, code: str, registered: dict[str, Any]) -> str:
    key = folder / f"{site.name}-{code}.json"
    key.write_text(json.dumps(registered))
    key.chmod(0o600)
    return str(site.command("facility", "token", code, "--key", str(key))["access_token"])


@contextmanager
def _serving(site: Site) -> Iterator[None]:
    with (site.folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"], env=site.environment, stdout=log, stderr=log
        )
        try:
            ends = time.monotonic() + PATIENCE
            while site.call("/health/ready")[0] != 200:
                _holds(process.poll() is None, f"the {site.name} gateway ended {process.returncode}")
                _holds(time.monotonic() < ends, f"the {site.name} gateway was not ready in {PATIENCE} s")
                time.sleep(0.2)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _stay(province: Site, city: Site, _known: dict[str, Any]) -> None:
    _say("")
    for site in (province, city):
        _say(f"The {site.name} gateway runs at {site.url} (GATEWAY_DATA_DIR={site.folder}, CA {site.tls / 'ca.pem'}).")
    _say("Ctrl-C stops both.")
    signal.pause()


def _tls(folder: Path) -> Path:
    """An authority for TLS alone, made for this run, and one server certificate for this machine."""
    folder.mkdir()
    now = datetime.now(UTC)
    authority = new_authority("Demo TLS authority", now=now)
    server = issue_server(authority, now=now)
    (folder / "ca.pem").write_text(authority.chain[0])
    (folder / "server.pem").write_text(server.chain_pem)
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_text(server.private_pem)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _reasons(outcome: Any) -> str:
    issues = outcome.get("issue", []) if isinstance(outcome, dict) else []
    return "; ".join(issue.get("diagnostics", "") for issue in issues if issue.get("severity") in ("error", "fatal"))


def _holds(held: bool, otherwise: str) -> None:
    if not held:
        raise StepFailed(otherwise)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
