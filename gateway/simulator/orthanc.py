"""A real image archive: Orthanc with its DICOMweb plugin, empty, in a folder and a network of its own; gone afterwards.

Orthanc 1.10 listens on every address of its host, without a password. So it stands in a network namespace, and one
door on this machine's loopback leads to it. Root makes one; where the kernel lets them, others too.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from gateway.simulator.held_study import Dataset, HeldStudy
from gateway.simulator.pacs import ROOT

PATIENCE = 60  # seconds for it to be ready, and for each answer
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")  # where Debian's orthanc-dicomweb has it
_PORT = 8042
_AS_ROOT: tuple[str, ...] = ("--net", "--pid", "--fork", "--kill-child")
_AS_USER = ("--user", "--map-root-user", *_AS_ROOT)
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is behind no proxy
# What an archive says of itself (PS3.18 section 10.6.3: how many, which modalities, where) is not stored.
_COUNTED = frozenset({"00080056", "00080061", "00081190", "00201206", "00201208", "00201209"})


class OrthancUnavailable(Exception):
    """No Orthanc can be had here; the text says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Orthanc:
    """``root``: where its own interface is; ``url``: its DICOMweb."""

    root: str

    @property
    def url(self) -> str:
        return self.root + ROOT

    def name(self) -> str:
        """Itself and its plugin, with the versions it tells: ``Orthanc 1.10.1 with DICOMweb 1.7``."""
        own, plugin = self._asked("/system"), self._asked("/plugins/dicom-web")
        return f"Orthanc {own['Version']} with DICOMweb {plugin['Version']}"

    def store(self, held: HeldStudy) -> None:
        """Each instance as a DICOM file, which Orthanc makes of all that is said of it, its series and its study."""
        for one in held.instances:
            (series,) = (each for each in held.series if each["0020000E"] == one["0020000E"])
            told = {**held.study, **series, **one}
            self._asked("/tools/create-dicom", {"Tags": _tags(told), "Force": True})  # with the UIDs it is told

    def _asked(self, path: str, told: Mapping[str, Any] | None = None) -> Any:
        body = None if told is None else json.dumps(told).encode()
        try:
            with _DIRECT.open(self.root + path, body, PATIENCE) as answer:
                return json.loads(answer.read())
        except HTTPError as refused:
            with refused:
                raise OrthancUnavailable(f"Orthanc answered {refused.code} to {path}") from None
        except (OSError, HTTPException) as silent:
            raise OrthancUnavailable(f"Orthanc does not answer {path}: {silent}") from None


@contextmanager
def running(folder: Path) -> Iterator[Orthanc]:
    """Ready, and ended with all that is its own whatever becomes of this process. ``folder``: for what it stores."""
    apart = _apart()
    written = folder / "orthanc.json"
    written.write_text(
        json.dumps({
            "HttpPort": _PORT, "DicomServerEnabled": False, "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False, "DefaultEncoding": "Utf8", "Plugins": [str(PLUGIN)],
            "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"),
            "DicomWeb": {"Enable": True, "Root": f"{ROOT}/"},
        })
    )  # fmt: skip
    log = folder / "orthanc.log"
    with socket.create_server(("127.0.0.1", 0)) as door, log.open("wb") as said:
        made = Orthanc(f"http://127.0.0.1:{door.getsockname()[1]}")
        inside = [sys.executable, "-m", "gateway.simulator.apart", str(door.fileno()), str(_PORT)]
        started = subprocess.Popen(
            [*apart, *inside, "Orthanc", str(written)],
            stdin=subprocess.PIPE,  # ends with this process, and it with that
            stdout=said, stderr=said, pass_fds=[door.fileno()], start_new_session=True,
        )  # fmt: skip
    try:
        _wait(made, started, log)
        yield made
    finally:
        started.communicate()


def _apart() -> list[str]:
    """The command that runs another in a network of its own; OrthancUnavailable when that, or Orthanc, is not here."""
    if shutil.which("Orthanc") is None:
        raise OrthancUnavailable(
            "there is no Orthanc on the PATH (Debian: apt install orthanc orthanc-dicomweb; it is in /usr/sbin)"
        )
    if not PLUGIN.exists():
        raise OrthancUnavailable("Orthanc is here without its DICOMweb plugin (Debian: apt install orthanc-dicomweb)")
    if shutil.which("unshare") is None:
        raise OrthancUnavailable("there is no unshare on the PATH (Debian: apt install util-linux)")
    refused = ""
    for flags in (_AS_ROOT, _AS_USER):
        tried = subprocess.run(["unshare", *flags, "true"], check=False, capture_output=True, text=True)
        if tried.returncode == 0:
            return ["unshare", *flags]
        refused = tried.stderr.strip()
    raise OrthancUnavailable(
        f"no network of its own can be made for Orthanc here ({refused}); root can, where it is let"
    )


def _wait(orthanc: Orthanc, started: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while started.poll() is None and time.monotonic() < ends:
        try:
            orthanc.name()
        except OrthancUnavailable:
            time.sleep(0.05)  # between two looks, until the deadline above: Orthanc says to nobody that it is ready
        else:
            return
    last = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
    raise OrthancUnavailable(f"Orthanc was not ready; the last it said: {last}")


def _tags(told: Dataset) -> dict[str, Any]:
    """DICOM JSON (PS3.18 annex F) as Orthanc wants to be told it."""
    return {f"{tag[:4]},{tag[4:]}": _value(one) for tag, one in told.items() if tag not in _COUNTED}


def _value(element: Mapping[str, Any]) -> Any:
    values = element.get("Value", [])
    if element["vr"] == "SQ":
        return [_tags(item) for item in values]
    return "\\".join(_name(one) if element["vr"] == "PN" else str(one) for one in values)


def _name(groups: Mapping[str, str]) -> str:
    """PS3.5 section 6.2.1.1: letters, ideographs, sounds."""
    return "=".join(groups.get(group, "") for group in ("Alphabetic", "Ideographic", "Phonetic")).rstrip("=")
