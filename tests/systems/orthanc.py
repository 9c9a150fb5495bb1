"""A real Orthanc with its DICOMweb plugin, on a host of its own: 1.10 listens on every address there is.

The host is a network namespace, reached by a cable of two ends; both are gone when it ends. Needs root, iproute2,
orthanc and orthanc-dicomweb.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import requests
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from gateway.simulator.pacs import HeldStudy
from tests.systems.serving import PATIENCE, kill_all, until

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
_PORT = 8042
_BOUNDARY = "images"


@dataclass
class Orthanc:
    """``url``: of its DICOMweb."""

    host: str
    process: subprocess.Popen[bytes]

    @property
    def root(self) -> str:
        return f"http://{self.host}:{_PORT}"

    @property
    def url(self) -> str:
        return f"{self.root}/dicom-web"

    def answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return requests.get(f"{self.root}/system", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False

    def store(self, held: HeldStudy) -> None:
        """By STOW-RS: each instance with all that is said of its series, its study and its patient."""
        parts = b""
        for one in held.instances:
            (series,) = (each for each in held.series if each["0020000E"] == one["0020000E"])
            parts += b"--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n" % (
                _BOUNDARY.encode(),
                _file({**held.study, **series, **one}),
            )
        answer = requests.post(
            f"{self.url}/studies",
            data=parts + f"--{_BOUNDARY}--\r\n".encode(),
            headers={"Content-Type": f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200, answer.text


_COUNTED = ("00201206", "00201208", "00081190")  # the archive says them itself


def _file(told: dict[str, Any]) -> bytes:
    """A DICOM file (PS3.10) of what DICOM JSON says."""
    image = pydicom.Dataset.from_json({tag: one for tag, one in told.items() if tag not in _COUNTED})
    image.SpecificCharacterSet = "ISO_IR 192"
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = BytesIO()
    image.save_as(made, enforce_file_format=True)
    return made.getvalue()


@contextmanager
def running(folder: Path) -> Iterator[Orthanc]:
    """Ready, and ended with its host whatever happens."""
    written = folder / "orthanc.json"
    written.write_text(
        json.dumps({
            "Name": "test", "HttpPort": _PORT, "DicomServerEnabled": False, "RemoteAccessAllowed": True,
            "AuthenticationEnabled": False, "DefaultEncoding": "Utf8", "Plugins": [PLUGIN],
            "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"),
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        })
    )  # fmt: skip
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "ip link set lo up; echo; exec sleep infinity"], stdout=subprocess.PIPE
    )
    network = f"10.78.{os.getpid() % 250}"
    port = f"pacs{os.getpid()}"
    inside = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
    try:
        assert holder.stdout is not None
        holder.stdout.readline()  # it stands in its namespace
        _run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        _run("ip", "addr", "add", f"{network}.1/30", "dev", port)
        _run("ip", "link", "set", port, "up")
        _run(*inside, "ip", "addr", "add", f"{network}.2/30", "dev", "eth0")
        _run(*inside, "ip", "link", "set", "eth0", "up")
        with (folder / "orthanc.log").open("wb") as log:
            started = subprocess.Popen(
                [*inside, "Orthanc", str(written)], stdout=log, stderr=log, start_new_session=True
            )
        try:
            made = Orthanc(f"{network}.2", started)
            until(made.answers, "Orthanc is ready")
            yield made
        finally:
            kill_all(started)
    finally:
        holder.kill()
        holder.communicate()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
