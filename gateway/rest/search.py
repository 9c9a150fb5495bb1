"""search: GET /fhir/{Type}?… and POST /fhir/{Type}/_search.

https://hl7.org/fhir/R4/http.html#search. Patients' identifiers belong in a POST: what stands in
a URL is kept by proxies and browsers, if not by this gateway.
"""

from __future__ import annotations

from flask import Flask, Response, request

from gateway.rest.answers import expect_json, fhir_answer, language
from gateway.rest.bodies import form_pairs, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.search import searchset


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/<resource_type>")
    def search_by_get(resource_type: str) -> Response:
        return _searched(house, resource_type, [])

    @app.post("/fhir/<resource_type>/_search")
    def search_by_post(resource_type: str) -> Response:
        return _searched(house, resource_type, None)


def _searched(house: House, resource_type: str, form: list[tuple[str, str]] | None) -> Response:
    who = requester(house)
    expect_json()
    pairs = [*query_pairs(), *(form_pairs() if form is None else form)]
    page = house.answers.search(who, resource_type, pairs, lenient=lenient())
    return fhir_answer(searchset(page, f"{house.settings.public_url}/fhir", language=language(house.settings)))


def lenient() -> bool:
    """``Prefer: handling=lenient`` (https://hl7.org/fhir/R4/search.html#errors)."""
    wishes = ",".join(request.headers.getlist("Prefer")).lower().replace(";", ",").split(",")
    return "handling=lenient" in {wish.strip().replace('"', "").replace(" ", "") for wish in wishes}
