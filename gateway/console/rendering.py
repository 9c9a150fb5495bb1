"""How a page is written: a template, the words in one language, the headers; and the files beside it.

A file's name holds its digest, so that a browser keeps it for a year and asks anew the day it changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.console.desk import Desk
from gateway.console.visit import Visit
from gateway.messages import sentence

_HERE = Path(__file__).parent
# What a template says of a word of the code: the beginning of the sentence's key, by what the word is of.
_SAID = {
    "basis": "console-basis-",
    "card": "console-card-",
    "decision": "console-decision-",
    "number": "console-number-",
    "read_as": "console-read-as-",
    "setting": "console-setting-",
    "signature": "console-signature-",
    "weighs": "console-weighs-",
}
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(desk: Desk, here: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """``template``: a file of gateway/console/pages. Never kept by anybody on the way."""
    text = (
        _templates()
        .get_template(template)
        .render(
            here=here,
            language=here.language,
            say=lambda key, **parameters: sentence(key, here.language, **parameters),
            word=lambda kind, code: sentence(_SAID[kind] + code, here.language),
            asset=lambda name: f"/console/assets/{_assets()[name][0]}",
            desk=desk,
            **values,
        )
    )
    answer = Response(text, status, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Content-Language"] = here.language
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def see(place: str) -> Response:
    """What is asked next, by GET (https://www.rfc-editor.org/rfc/rfc9110#section-15.4.4); an address of ours."""
    return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})


def asset(name: str) -> Response | None:
    """A file by its name with its digest; None where there is none of that name."""
    for served, content, kind in _assets().values():
        if served == name:
            answer = Response(content, content_type=kind)
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            return answer
    return None


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _assets() -> Mapping[str, tuple[str, bytes, str]]:
    """Name → (name with the digest, content, media type)."""
    made = {}
    for file in sorted((_HERE / "assets").iterdir()):
        if file.suffix in _KINDS:
            content = file.read_bytes()
            served = f"{file.stem}.{hashlib.sha256(content).hexdigest()[:16]}{file.suffix}"
            made[file.name] = (served, content, _KINDS[file.suffix])
    return made
