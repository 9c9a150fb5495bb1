"""The fixed test vectors: keys, an unsigned message, its signed forms, the trust file that believes them.

``make.py`` writes them, and the part of docs/signature.md that shows them; the tests hold
all three equal to what the code gives today.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gateway.bundle import Resource
from gateway.jsontext import loads
from gateway.r4.canonical import canonical, lexical
from gateway.trust import trustfile
from gateway.trust.base64url import decode, digest
from gateway.trust.form import jws_of
from gateway.trust.instants import sig_t
from gateway.trust.keys import SigningKey, import_key
from gateway.trust.message import sign
from gateway.trust.trustfile import TrustFile
from gateway.trust.verification import Verification
from gateway.trust.verify import verify

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[2] / "docs" / "signature.md"
BEGIN, END = "<!-- vectors: begin -->\n", "<!-- vectors: end -->\n"
FACILITY = "79001"
SIGNED_AT = sig_t("2026-11-22T03:04:05Z")


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def rsa_key() -> SigningKey:
    return import_key(text("rs256-key.pem"), text("rs256-chain.pem"), FACILITY)


def ec_key() -> SigningKey:
    return import_key(text("es256-key.pem"), text("es256-chain.pem"), FACILITY)


def payload() -> bytes:
    return (FOLDER / "payload.hl7").read_bytes()


def unsigned() -> Resource:
    found: Resource = loads((FOLDER / "message.json").read_bytes())
    return found


def signed(alg: str) -> Resource:
    """The signed message as the file has it."""
    found: Resource = loads((FOLDER / f"signed-{alg.lower()}.json").read_bytes())
    return found


def signed_anew() -> Resource:
    """By RS256, which gives the same signature each time."""
    hexadecimal = hashlib.sha256(payload()).hexdigest()
    return sign(unsigned(), rsa_key().signer(), signed_at=SIGNED_AT, payload_sha256=hexadecimal)


def trust() -> TrustFile:
    return trustfile.read((FOLDER / "trust.json").read_bytes())


def judged(bundle: Resource | bytes, **more: Any) -> Verification:
    return verify(bundle, **{"trust": trust(), "now": SIGNED_AT, **more})


def shown() -> str:
    """What docs/signature.md shows of the vectors."""
    bundle = unsigned()
    lines = [
        "| what | value |",
        "|---|---|",
        f"| SHA-256 of the canonical form, hex | `{hashlib.sha256(canonical(bundle)).hexdigest()}` |",
        f"| length of the canonical form, octets | {len(canonical(bundle))} |",
        f"| `lexS256` | `{digest(lexical(bundle))}` |",
        f"| `payS256` | `{digest(payload())}` |",
        f"| fullUrl of the signing entry | `{signed('RS256')['entry'][-1]['fullUrl']}` |",
    ]
    for alg in ("RS256", "ES256"):
        jws = jws_of(signed(alg))
        header = json.loads(decode(jws.split(".")[0]))
        header["x5c"] = [f"{one[:24]}…" for one in header["x5c"]]
        shortened = json.dumps(header, indent=2, ensure_ascii=False)
        lines += ["", f"{alg}, protected header (`x5c` cut here):", "", "```json", shortened, "```"]
        lines += ["", f"{alg}, the JWS:", "", "```", *_wrapped(jws), "```"]
    return "\n".join(lines) + "\n"


def _wrapped(line: str, width: int = 110) -> list[str]:
    return [line[start : start + width] for start in range(0, len(line), width)]
