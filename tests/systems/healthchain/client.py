"""A CDS Hooks client made of others' parts: healthchain's requests and responses, PyJWT's signatures, httpx.

Standard input: a JSON object {"url", "audience", "issuer", "key": private JWK, "at": seconds since 1970, "calls":
[{"service", "hook", "context", "prefetch"} or {"service", "feedback"}]}. Standard output: a JSON line each: what
healthchain's model read of the answer. Run by test_cds_client.py in an environment of its own.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import httpx
import jwt
from healthchain.models.hooks.ordersign import OrderSignContext
from healthchain.models.hooks.patientview import PatientViewContext
from healthchain.models.requests.cdsrequest import CDSRequest
from healthchain.models.responses.cdsresponse import CDSResponse

CONTEXTS = {"order-sign": OrderSignContext, "patient-view": PatientViewContext}


def main() -> None:
    asked = json.load(sys.stdin)
    key = jwt.PyJWK(asked["key"])
    listed = httpx.get(f"{asked['url']}/cds-services").json()["services"]
    say(json.dumps({one["hook"]: one["id"] for one in listed}))
    for call in asked["calls"]:
        path = f"/cds-services/{call['service']}"
        if "feedback" in call:
            answer = post(asked, key, f"{path}/feedback", json.dumps({"feedback": call["feedback"]}))
            say(json.dumps(answer))
            continue
        context = CONTEXTS[call["hook"]](**call["context"])
        body = CDSRequest(hook=call["hook"], context=context, prefetch=call["prefetch"])
        answer = post(
            asked, key, path, body.model_dump_json(exclude_none=True, serialize_as_any=True)
        )  # else only what all hooks have
        for card in answer["cards"]:
            for link in card.get("links", ()):
                link.setdefault("autoLaunchable", None)  # of a draft of 3.0; healthchain asks for the name
            for one in card.get("suggestions", ()):
                one.setdefault("isRecommended", None)  # optional in 2.0; healthchain asks for the name
        say(CDSResponse(**answer).model_dump_json(exclude_none=True))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def post(asked: dict[str, Any], key: jwt.PyJWK, path: str, body: str) -> dict[str, Any]:
    at = asked["at"]
    claims = {"iss": asked["issuer"], "aud": asked["audience"] + path, "iat": at, "exp": at + 240}
    token = jwt.encode({**claims, "jti": str(uuid.uuid4())}, key, "ES384", {"kid": asked["key"]["kid"]})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = httpx.post(asked["url"] + path, content=body, headers=headers, timeout=60)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


if __name__ == "__main__":
    main()
