"""Runs a program in a network of its own, and carries to it what comes to one door outside: for a program that
listens on every address there is.

    unshare --net --pid --fork --kill-child python -m gateway.simulator.apart DOOR PORT PROGRAM ARGUMENT…

DOOR: the number of an inherited socket that listens outside; PORT: where the program listens inside. It ends with its
standard input, or when the program does; being the first process of its namespace, the kernel then ends all in it.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress

_SET_FLAGS, _UP = 0x8914, 1  # netdevice(7): SIOCSIFFLAGS, IFF_UP
_PIECE = 65536  # bytes


def main(door: int, port: int, program: list[str]) -> int:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))
    running = subprocess.Popen(program, stdin=subprocess.DEVNULL)
    for work, given in ((_end_with_input, (running,)), (_let_in, (socket.socket(fileno=door), port))):
        threading.Thread(target=work, args=given, daemon=True).start()
    return running.wait()


def _end_with_input(running: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    running.kill()


def _let_in(outside: socket.socket, port: int) -> None:
    while True:
        caller, _ = outside.accept()
        threading.Thread(target=_carry, args=(caller, port), daemon=True).start()


def _carry(caller: socket.socket, port: int) -> None:
    """Both ways until both have ended; a program that does not listen yet is a caller that is hung up on."""
    with caller, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as called:
        asking = threading.Thread(target=_pass_on, args=(caller, called), daemon=True)
        asking.start()
        _pass_on(called, caller)
        asking.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
