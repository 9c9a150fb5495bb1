"""Hosts on one machine: each a network namespace, joined by a bridge in a namespace of the soak's own.

Nothing of it has a name on the machine, and all of it ends with the soak's own process.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import click

SUBNET = "10.77.0"
HERE = f"{SUBNET}.1"  # the soak's own address: its senders are a hospital's systems
_INSIDE = "--inside"  # how a soak knows that it already stands in namespaces of its own
_TOOLS = ("ip", "unshare", "nsenter", "mount")
_ports = count(2)


class NotAllowed(Exception):
    """This machine does not let us build what the soak needs; the text says what, and how to get it."""


def enter() -> None:
    """Start this program anew in network and mount namespaces of its own; returns when it stands in them."""
    if sys.argv[-1] == _INSIDE:
        sys.argv.pop()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", "soak", "type", "bridge")
        _run("ip", "addr", "add", f"{HERE}/24", "dev", "soak")
        _run("ip", "link", "set", "soak", "up")
        return
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        raise NotAllowed(f"not installed: {' '.join(missing)} (Debian: apt install iproute2 util-linux mount)")
    tried = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise NotAllowed(f"network namespaces and mounts need root, and were refused: {tried.stderr.strip()}")
    command = ["unshare", "--net", "--mount", "--propagation", "private"]
    package = sys.modules["__main__"].__spec__
    module = package.name if package is not None else "tests.soak.__main__"
    os.execvp(command[0], [*command, sys.executable, "-m", module, *sys.argv[1:], _INSIDE])  # noqa: S606  # the same program


def entered(program: Callable[[], object]) -> None:
    """Run the program there; says why, and exits 2, where that is not allowed."""
    try:
        enter()
        program()
    except NotAllowed as refused:
        click.echo(f"the soak cannot run here: {refused}", err=True)
        sys.exit(2)


@dataclass
class Host:
    """A host with an address of its own; its side of the cable is ``eth0``, ours is ``port``."""

    address: str
    port: str
    holder: subprocess.Popen[bytes]

    def inside(self, command: Sequence[str]) -> list[str]:
        """The command as it is run on this host; it keeps the process id it is started with."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *command]

    def cut(self) -> None:
        """Pull the cable: packets under way are gone, connections are not told."""
        _run("ip", "link", "set", self.port, "down")

    def join(self) -> None:
        """Put the cable back, wherever it was pulled."""
        _run("ip", "link", "set", self.port, "up")
        _run(*self.inside(["ip", "link", "set", "eth0", "up"]))


@contextmanager
def host() -> Iterator[Host]:
    """A new host on the bridge."""
    number = next(_ports)
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE)
    made = Host(f"{SUBNET}.{number}", f"port{number}", holder)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()  # it stands in its namespace
        _run("ip", "link", "add", made.port, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        _run("ip", "link", "set", made.port, "master", "soak", "up")
        _run(*made.inside(["ip", "link", "set", "lo", "up"]))
        _run(*made.inside(["ip", "addr", "add", f"{made.address}/24", "dev", "eth0"]))
        _run(*made.inside(["ip", "link", "set", "eth0", "up"]))
        yield made
    finally:
        holder.kill()
        holder.wait()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotAllowed(f"{' '.join(command)}: {done.stderr.strip()}")
