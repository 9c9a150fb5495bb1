"""Pages of the configured origins may call CDS Hooks from a browser; no other page may, and no cookie is ever meant.

https://cds-hooks.hl7.org/2.0/#cross-origin-resource-sharing, https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from flask import Flask, Response, request

from gateway.rest.house import House


def open_door(app: Flask, house: House) -> None:
    @app.after_request
    def allow(answer: Response) -> Response:
        if request.path != "/cds-services" and not request.path.startswith("/cds-services/"):
            return answer
        answer.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin", "")
        if origin not in house.settings.cds_origins:
            return answer
        answer.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
            answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Accept-Language"
            answer.headers["Access-Control-Max-Age"] = "600"
        return answer
