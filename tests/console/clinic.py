"""A doctor's browser before the pages of a gateway: what it sends, what it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.console.password import hashed
from gateway.prior.answering import Priors
from gateway.store import users
from gateway.store.users import User
from tests.prior.laboratory import CITIZEN
from tests.prior.lists import RULES
from tests.rest.world import BASE, HOME, NOW, World

DOCTOR, PASSWORD = "bs.an", "mot mat khau rat dai"
CHEAP = 16  # scrypt's N: here it guards nothing
_FIELD = re.compile(r'name="form" value="([0-9a-f]{64})"')


@dataclass
class Clinic:
    """``http``: the browser of one person, which keeps its cookies."""

    world: World
    http: FlaskClient

    def browser(self) -> Clinic:
        """Another one, of the same gateway."""
        return replace(self, http=self.world.app.test_client())

    def add(self, name: str, facility: str = HOME) -> None:
        made = User(name, facility, "clinician", NOW)
        kept = hashed(PASSWORD, n=CHEAP)
        self.world.parts.store.write(lambda connection: users.add_user(connection, made, kept))

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.http.get(path, base_url=BASE, headers=headers)

    def post(
        self, path: str, form: str | None = None, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        """``form``: the token of the page it stood on; None: of a page of this browser's, as a person would."""
        token = self.form_token() if form is None else form
        data = {"form": token} | fields
        return self.http.post(
            path, data=data, base_url=BASE, headers={"Sec-Fetch-Site": "same-origin"} | (headers or {})
        )

    def form_token(self) -> str:
        shown = self.http.get("/console/patients", base_url=BASE, follow_redirects=True)
        found = _FIELD.search(shown.text)
        assert found, shown.text
        return found[1]

    def sign_in(self, name: str = DOCTOR, password: str = PASSWORD) -> TestResponse:
        return self.post("/console/sign-in", name=name, password=password)

    def search(self, who: str = CITIZEN, **fields: Any) -> TestResponse:
        return self.post("/console/patients", **({"who": who, "basis": "treatment", "setting": "outpatient"} | fields))

    def look(self, who: str = CITIZEN, **fields: Any) -> str:
        """The address of the patient's page."""
        answer = self.search(who, **fields)
        assert answer.status_code == 303, words(answer)
        return str(answer.headers["Location"])

    def actions(self) -> list[str]:
        return [line.action for line in self.world.audit_lines()]


def staffed(world: World) -> Clinic:
    """Its facilities sign, one doctor is registered, and small lists say what may be used again."""
    parts = world.parts
    world.parts = replace(parts, priors=Priors(parts.store, parts.keyring, world.clock, lambda: RULES))
    world.app = create_app(parts.settings, parts=world.parts)
    world.sign_here()
    made = Clinic(world, world.app.test_client())
    made.add(DOCTOR)
    return made


def words(answer: TestResponse) -> str:
    """What is read on the page, without marks."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
