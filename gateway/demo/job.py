"""The main job, end to end, as strangers would do it: the ``gateway`` command and HTTPS calls only.

A laboratory (HL7 v2) and a provincial hospital (BHYT XML) send payloads to their gateway; the
city hospital's own gateway receives the signed exchanges, is asked by citizen id for earlier
results, verifies one offline, and is shown a tampered copy failing. A commune health station refers
the citizen to the city hospital, which reads the referral and the follow-up in words. A station whose
systems cannot send has a file, a view and an image archive: a collector fetches from each. At last a doctor of the city
hospital orders a test: an earlier result stands in its place, is corrected, and the hospital is alerted. And an
integrator holds the requirements up to the city's gateway; the laboratory is shown what its data is like.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import signal
import tempfile
import urllib.parse
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.bundle import CCCD
from gateway.demo.archive import ImageArchive, standing
from gateway.demo.collected import STATION, collected
from gateway.demo.examined import examined
from gateway.demo.reused import Doctor, inbox, levels, registered, reused
from gateway.demo.site import (
    Site,
    StepFailed,
    delivered,
    download,
    free_port,
    holds,
    made_tls,
    read,
    reasons,
    say,
    search,
    serving,
    token_of,
)
from gateway.simulator.orthanc import OrthancUnavailable

LABORATORY, PROVINCE, COMMUNE, CITY, PARTNER = "79001", "01999", "01888", "79900", "gateway-01"
CITIZEN = "001090000001"  # of the synthetic patient in both samples
LAB_SAMPLE = ("hl7v2", "samples", "lab-hematology.hl7")
HOSPITAL_SAMPLE = ("bhyt", "samples", "provincial-hospital.xml")
REFERRAL_SAMPLE = ("bhyt", "samples", "referral-and-follow-up.xml")
OF_CITIZEN = {"patient.identifier": f"{CCCD}|{CITIZEN}"}


def run(*, once: bool, archive: str = "auto", pages: Path | None = None) -> int:
    """The whole job; 0 when every step held, 1 when one did not. Says what it did on stdout.

    ``archive``: which of ``gateway.demo.archive.CHOICES`` the study is taken from. ``pages``: the folder in which its
    two pages stay; None: they are gone with the demo.
    """
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    try:
        with ExitStack() as stack:
            images = standing(archive, folder, stack)
            sites = _prepare(folder, stack)
            _job(folder, pages or folder / "pages", images, *sites)
            if not once:
                _stay(images, *sites)
    except (StepFailed, OrthancUnavailable) as failed:
        say(f"FAILED: {failed}")
        for log in sorted(folder.glob("*/serve.log")):
            say(f"--- the end of {log.parent.name}'s log")
            say(log.read_text(errors="replace")[-2000:])
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _prepare(folder: Path, stack: ExitStack) -> tuple[Site, Site, dict[str, Any]]:
    """Two gateways registered with each other, and running."""
    tls = made_tls(folder / "tls")
    province = Site("province", folder / "province", free_port(), tls)
    city = Site("city", folder / "city", free_port(), tls)
    for site in (province, city):
        stack.callback(site.run.close)
    say("1. Two gateways: the province's (laboratory and hospital) and the city hospital's own.")
    basis = "patient's written request (demo)"
    clients = {
        LABORATORY: province.command("facility", "add", LABORATORY, "--name", "Phòng xét nghiệm Thử", "--basis", basis),
        PROVINCE: province.command("facility", "add", PROVINCE, "--name", "Bệnh viện tỉnh Thử", "--basis", basis),
        COMMUNE: province.command("facility", "add", COMMUNE, "--name", "Trạm y tế xã Thử", "--basis", basis),
        STATION: province.command("facility", "add", STATION, "--name", "Trung tâm y tế Thử", "--basis", basis),
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
    for code in (LABORATORY, PROVINCE, STATION):  # the commune's goes where its referral says
        province.command("subscription", "add", "--recipient", "city", "--basis", basis, "--facility", code)
    stack.enter_context(inbox(folder, city, CITY))
    doctor = Doctor(city, CITY, CITIZEN, registered(folder, city, CITY))
    city.environment["GATEWAY_REUSE_RULES"] = str(levels(folder, LABORATORY, CITY))
    for site in (province, city):
        stack.enter_context(serving(site))
    return province, city, {**clients, "trust": trust, "doctor": doctor}


def _job(folder: Path, pages: Path, images: ImageArchive, province: Site, city: Site, known: dict[str, Any]) -> None:
    say("2. The laboratory sends an HL7 v2 message, the hospital its BHYT XML, each as it is.")
    _send(folder, province, LABORATORY, LAB_SAMPLE, "x-application/hl7-v2+er7", known)
    _send(folder, province, PROVINCE, HOSPITAL_SAMPLE, "application/xml", known)
    say("3. The city hospital asks its own gateway for the citizen's earlier results.")
    token = token_of(folder, city, CITY, known[CITY])
    rows = _results(city, token)
    facilities = sorted({row[0] for row in rows})
    holds(facilities == [PROVINCE, LABORATORY], f"results came from {facilities}")
    for facility, when, name, value in rows[:12]:
        say(f"   {facility}  {when:<25}  {name:<34.34}  {value}")
    say(f"   {len(rows)} results of citizen {CITIZEN} from {len(facilities)} facilities")
    _verify(folder, city, token, known["trust"]["province"])
    say("5. A commune health station refers the citizen to the city hospital; its XML names it, nobody subscribed.")
    _send(folder, province, COMMUNE, REFERRAL_SAMPLE, "application/xml", known)
    for told in (*_referrals(city, token), *_appointments(city, token)):
        say(f"   {told}")
    say("6. A station's systems cannot send: a collector takes a file, a view's report, an archive's study.")
    say(f"   archive: {images.name}{f', since {images.why}' if images.why else ''}")
    collected(folder, images, province, city, token, known[STATION])
    say("7. A doctor of the city hospital orders a test; then the laboratory corrects what stood in its place.")
    reused(folder, province, (LABORATORY, known[LABORATORY]), city, known["doctor"], token)
    say("8. An integrator holds the requirements up to the city's gateway; the laboratory sees what its data is like.")
    examined(folder, pages, known["doctor"], known[CITY], province, (LABORATORY, known[LABORATORY]))
    say("Done: every step held.")


def _send(folder: Path, site: Site, code: str, sample: tuple[str, ...], kind: str, known: dict[str, Any]) -> None:
    """Post a sample twice, which is one exchange, and wait until it is delivered."""
    token = token_of(folder, site, code, known[code])
    payload = resources.files("adapters").joinpath(*sample).read_bytes()
    status, answer = site.call(f"/facilities/{code}/payloads", token=token, data=payload, kind=kind)
    holds(status == 201, f"posting {sample[-1]} gave {status}: {reasons(answer)}")
    again, _ = site.call(f"/facilities/{code}/payloads", token=token, data=payload, kind=kind)
    holds(again == 200, f"posting {sample[-1]} again gave {again}")
    for exchange in answer["exchanges"]:
        say(f"   exchange {exchange['id']}  {code}  {sample[-1]}: translated, checked, signed, {exchange['status']}")
        delivered(site, exchange["id"], token)


def _referrals(site: Site, token: str) -> list[str]:
    """The referral in words: by which search it is found, to whom, why, and what its paper says."""
    (order,) = search(site, token, "ServiceRequest", {**OF_CITIZEN, "category": "http://snomed.info/sct|3457005"})
    paper = read(site, token, order["supportingInfo"][0])
    to = read(site, token, order["performer"][0])["identifier"][0]["value"]
    holds(to == CITY, f"the referral is for {to}")
    why = next(reason["text"] for reason in order["reasonCode"] if "text" in reason)
    parts = [f"  {part['title']}: {_plain(part['text']['div'])}" for part in paper["section"]]
    return [f"{order['identifier'][0]['value']}  {order['code']['text']} → {to}: {why}", *parts]


def _appointments(site: Site, token: str) -> list[str]:
    """The follow-up in words: when, for what, where."""
    (visit,) = search(site, token, "Appointment", OF_CITIZEN)
    actors = [read(site, token, one["actor"]) for one in visit["participant"]]
    (place,) = (one["identifier"][0]["value"] for one in actors if one["resourceType"] == "Location")
    holds(place == COMMUNE, f"the appointment is at {place}")
    day = ".".join(reversed(visit["requestedPeriod"][0]["start"].split("-")))
    why = next(reason["text"] for reason in visit["reasonCode"] if "text" in reason)
    return [f"{visit['identifier'][0]['value']}  Hẹn khám lại {day} tại {place}: {why}"]


def _plain(narrative: str) -> str:
    """The text of a narrative, without its marks."""
    return html.unescape(re.sub(r"<[^>]*>", " ", narrative)).strip()


def _results(site: Site, token: str) -> list[tuple[str, str, str, str]]:
    """(facility, time, test, value) of every Observation of the citizen, newest first."""
    found: list[dict[str, Any]] = []
    query = urllib.parse.urlencode({"patient.identifier": f"{CCCD}|{CITIZEN}", "_sort": "-date", "_count": "50"})
    path = f"/fhir/Observation?{query}"
    while path:
        status, page = site.call(path, token=token)
        holds(status == 200, f"the search gave {status}: {reasons(page)}")
        found += [entry["resource"] for entry in page.get("entry", []) if entry["search"]["mode"] == "match"]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = following[0].removeprefix(site.url) if following else ""
    facilities: dict[str, str] = {}
    for source in {one["meta"]["source"].removeprefix("urn:uuid:") for one in found}:
        status, exchange = site.call(f"/exchanges/{source}", token=token)
        holds(status == 200, f"reading the received exchange {source} gave {status}: {reasons(exchange)}")
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
    say("4. It saves the evidence of one result, and verifies it offline with the province's trust file.")
    query = urllib.parse.urlencode({"patient.identifier": f"{CCCD}|{CITIZEN}", "_sort": "-date", "_count": "1"})
    _, page = city.call(f"/fhir/Observation?{query}", token=token)
    source = page["entry"][0]["resource"]["meta"]["source"].removeprefix("urn:uuid:")
    status, evidence = city.call(f"/exchanges/{source}/evidence", token=token)
    holds(status == 200, f"reading the evidence gave {status}: {reasons(evidence)}")
    raw = download(city, f"/exchanges/{source}/evidence", token)
    honest, forged = folder / "evidence.json", folder / "tampered.json"
    honest.write_bytes(raw)
    forged.write_bytes(_tampered(raw))
    for file, trusts, expected, code in (
        (honest, ("--trust", str(trust)), "valid", 0),
        (forged, ("--trust", str(trust)), "invalid", 1),
        (honest, (), "unverifiable", 3),
    ):
        told = city.command("verify", *trusts, str(file), expect=code)
        holds(told["verdict"] == expected, f"{file.name} is {told['verdict']}, not {expected}")
        why = "; ".join(reason["text"] for reason in told["reasons"])
        note = "" if trusts else " without a trust file"
        say(f"   {file.name}{note}: {told['verdict']}{f' ({why})' if why else ''}")


def _tampered(raw: bytes) -> bytes:
    """The evidence with one digit of one measured value changed."""
    place = raw.index(b'"value":', raw.index(b'"valueQuantity":'))
    while not raw[place : place + 1].isdigit():
        place += 1
    other = b"9" if raw[place : place + 1] != b"9" else b"1"
    return raw[:place] + other + raw[place + 1 :]


def _stay(images: ImageArchive, province: Site, city: Site, _known: dict[str, Any]) -> None:
    say("")
    for site in (province, city):
        say(f"The {site.name} gateway runs at {site.url} (GATEWAY_DATA_DIR={site.folder}, CA {site.tls / 'ca.pem'}).")
    say(f"The images' archive, {images.name}, answers DICOMweb at {images.url}.")
    say("Ctrl-C stops all three.")
    signal.pause()
