"""The doors of CDS Hooks: /cds-services, its services, their feedback."""

from __future__ import annotations

from flask import Flask

from gateway.rest.cds import call, discovery, feedback, origins
from gateway.rest.house import House


def open_door(app: Flask, house: House) -> None:
    for door in (discovery, call, feedback, origins):
        door.open_door(app, house)
