"""What an integrator and the laboratory's own IT see: the requirements held up to a gateway, the laboratory's data.

The laboratory sends a morning's records for it, some with what records come with: a unit left out, a code of its own,
a result told days late, a number written with a comma that nobody declared.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.demo.reused import ISSUER, Doctor
from gateway.demo.site import Site, holds, reasons, say, token_of

CONFORMANCE_PAGE, QUALITY_PAGE = "conformance.html", "quality.html"
_VIET_NAM = timedelta(hours=7)
_LINES = (
    r"MSH|^~\&|LIS|{facility}|GATEWAY||{sent}+0700||ORU^R01^ORU_R01|GLU{number}|P|2.5.1|||||VNM|UNICODE UTF-8",
    "PID|1||BN{number}^^^{facility}^MR~0010850{number}^^^CCCD^NI||TRẦN^THỊ MẪU {number}||19850712|F",
    "OBR|1|CD-{number}^HIS|XN-{number}^LIS|{code}|||{taken}|||||||||||||||{issued}||CH|F",
    "SPM|1|^MAU-{number}||SER^Huyết thanh^HL70487|||||||||||||{taken}",
    "OBX|1|NM|{code}||{value}|{unit}|3.9-6.4|N|||F|||{taken}||BS01^TRẦN^THỊ BÌNH",
)
_GLUCOSE: dict[str, Any] = {"code": "GLU^Glucose^L^14749-6^Glucose^LN", "unit": "mmol/L", "late": 0}
_MORNING: tuple[dict[str, Any], ...] = (
    *({} for _ in range(11)),
    {"unit": ""},
    {"unit": ""},
    {"code": "DUONG-MAU^Đường máu^L"},
    {"late": 3},
    {"value": "5,2"},
)


def examined(
    folder: Path,
    pages: Path,
    doctor: Doctor,
    client: dict[str, Any],
    province: Site,
    laboratory: tuple[str, dict[str, Any]],
) -> None:
    """``pages``: where the two pages are put. ``doctor``: at the gateway that receives. ``client``: its hospital's."""
    pages.mkdir(parents=True, exist_ok=True)
    _conformance(folder, pages / CONFORMANCE_PAGE, doctor, client)
    _quality(folder, pages / QUALITY_PAGE, province, *laboratory)


def _conformance(folder: Path, page: Path, doctor: Doctor, client: dict[str, Any]) -> None:
    """Every requirement that can be held up to it, with a message it believes: the evidence of an earlier step."""
    site, code = doctor.site, doctor.facility
    token_of(folder, site, code, client)  # leaves the client's key where the command reads it
    cds = folder / "his-key.json"
    cds.touch(mode=0o600)
    cds.write_text(json.dumps(doctor.key))
    seen = site.lines(
        "conformance", "run", "--target", f"{site.url}/fhir", "--ca-file", str(site.tls / "ca.pem"), "--rate", "0",
        "--key", str(folder / f"{site.name}-{code}.json"), "--message", str(folder / "evidence.json"),
        "--cds-client", ISSUER, "--cds-key", str(cds), "--html", str(page), "--language", "vi",
    )  # fmt: skip
    told = Counter(one["verdict"] for one in seen)
    holds(told["pass"] > 0 and not told["fail"] and not told["error"], f"the requirements came to {dict(told)}")
    figures = ", ".join(f"{count} {word}" for word, count in sorted(told.items()))
    say(f"   {len(seen)} requirements held up to the {site.name} gateway: {figures}")
    say(f"   as a page: {page}")


def _quality(folder: Path, page: Path, site: Site, code: str, client: dict[str, Any]) -> None:
    token = token_of(folder, site, code, client)
    now = datetime.now(UTC) + _VIET_NAM
    for number, said in enumerate(_MORNING, 1):
        about = _GLUCOSE | {"value": f"5.{number:02}"} | said
        issued = now - timedelta(days=about.pop("late"), minutes=number)
        times = {"sent": now, "issued": issued, "taken": issued - timedelta(hours=2)}
        words = about | {name: f"{at:%Y%m%d%H%M%S}" for name, at in times.items()}
        payload = "".join(f"{line}\r" for line in _LINES).format(facility=code, number=f"{number:05}", **words)
        kind = "x-application/hl7-v2+er7"
        status, answer = site.call(f"/facilities/{code}/payloads", token=token, data=payload.encode(), kind=kind)
        holds(status in (201, 202), f"posting record {number} gave {status}: {reasons(answer)}")
    say(f"   facility {code} sends {len(_MORNING)} more records, some with what records come with")
    found = site.command("facility", "quality", code, "--json")
    for name in ("correct", "complete", "clean", "live"):
        ratio = found["total"][name]
        holds(ratio["share"] is not None, f"{name} is told of too few")
        say(f"   {name:9} {ratio['share']:6.1%}  {ratio['met']} of {ratio['of']}")
    for cause in found["causes"][:3]:
        say(f"   cause: {cause['records']} × {cause['text']['en']}")
    site.lines("facility", "quality", code, "--html", str(page), "--language", "vi")
    say(f"   as a page: {page}")
