"""The demo's image archive: a real Orthanc where one can be had, else the project's simulated one, and which it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.site import StepFailed
from gateway.simulator.held_study import HeldStudy
from gateway.simulator.orthanc import OrthancUnavailable, running
from gateway.simulator.pacs import SimulatedPacs

CHOICES = ("auto", "orthanc", "simulated")


@dataclass(frozen=True, slots=True)
class ImageArchive:
    """``url``: its DICOMweb. ``name``: what it says it is. ``why``: why it is no real one, for people."""

    name: str
    url: str
    store: Callable[[HeldStudy], None]
    why: str = ""


def standing(choice: str, folder: Path, stack: ExitStack) -> ImageArchive:
    """Empty, ready, and gone with ``stack``. StepFailed when ``choice`` insists on an Orthanc that cannot be had."""
    why = "it was asked for"
    if choice != "simulated":
        try:
            orthanc = stack.enter_context(running(folder))
            return ImageArchive(orthanc.name(), orthanc.url, orthanc.store)
        except OrthancUnavailable as missing:
            if choice == "orthanc":
                raise StepFailed(str(missing)) from None
            why = str(missing)
    pacs = stack.enter_context(SimulatedPacs())
    return ImageArchive("the simulated archive", pacs.url, pacs.store, why)
