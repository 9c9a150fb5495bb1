"""TLS: which versions an address speaks. The old ones are asked for byte by byte: no current library offers them.

https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.2 (ClientHello), https://www.rfc-editor.org/rfc/rfc8996 (neither
TLS 1.0 nor 1.1 is to be spoken).
"""

from __future__ import annotations

import secrets
import socket
import ssl
import struct
from urllib.parse import urlsplit

from gateway.conformance.client import Answer, Client, Unanswered, origin

OLD = {"TLS 1.0": 0x0301, "TLS 1.1": 0x0302}
# What servers of those days spoke: ECDHE, DHE and RSA with AES or 3DES, SHA-1.
_SUITES = (0xC013, 0xC014, 0xC009, 0xC00A, 0x0033, 0x0039, 0x002F, 0x0035, 0x000A)
_GROUPS = (0x0017, 0x0018, 0x001D)
_HANDSHAKE, _SERVER_HELLO = 0x16, 0x02
_HEAD = 11  # bytes of a record until the version that the server chose


def speaks(client: Client, address: str, version: int) -> bool:
    """True where ``address`` (host:port) answers a hello of this version with one of the same; noted in the report.

    Unanswered where nobody is there, or nothing comes in time. A server that hangs up has refused.
    """
    trouble, come = "conformance-tls-refused", b""
    try:
        with _connected(client, address) as line:
            line.sendall(_hello(_host(address), version))
            while len(come) < _HEAD and (piece := line.recv(_HEAD - len(come))):
                come += piece
        if _chosen(come) == version:
            trouble = "conformance-tls-spoken"
    except ConnectionResetError:
        pass
    except OSError as silent:
        trouble = _silence(silent)
    name = next(name for name, number in OLD.items() if number == version)
    _note(client, address, name, trouble)
    return trouble == "conformance-tls-spoken"


def speaks_now(client: Client, address: str) -> bool:
    """True where TLS 1.2 or later is spoken, whatever the certificate is: nothing is sent that it would protect."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    trouble, name = "conformance-tls-spoken", "TLS 1.2+"
    try:
        with _connected(client, address) as line, context.wrap_socket(line, server_hostname=_host(address)) as under:
            name = str(under.version())
    except (ssl.SSLError, ConnectionResetError):
        trouble = "conformance-tls-refused"
    except OSError as silent:
        trouble = _silence(silent)
    _note(client, address, name, trouble)
    return trouble == "conformance-tls-spoken"


def _connected(client: Client, address: str) -> socket.socket:
    client.in_pace()
    limit = client.limits.seconds
    made = socket.create_connection((_host(address), int(address.rpartition(":")[2])), timeout=min(limit, 10))
    made.settimeout(limit)
    return made


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


def _silence(silent: OSError) -> str:
    return "conformance-no-answer-in-time" if isinstance(silent, TimeoutError) else "conformance-no-answer"


def _note(client: Client, address: str, name: str, trouble: str) -> None:
    client.note(Answer(name.replace(" ", "/"), f"tls://{address}", trouble=trouble), aside=False)
    if trouble == "conformance-no-answer-in-time":
        raise Unanswered(trouble, seconds=client.limits.seconds)
    if trouble == "conformance-no-answer":
        raise Unanswered(trouble)


def address_of(url: str) -> str:
    """``host:port`` of an https address; "" of any other."""
    _, host, port = origin(url)
    bracketed = f"[{host}]" if ":" in host else host
    return f"{bracketed}:{port}" if urlsplit(url).scheme == "https" else ""


def _chosen(come: bytes) -> int:
    """The version of a ServerHello; 0 where this is none: an alert, most often."""
    if len(come) < _HEAD or come[0] != _HANDSHAKE or come[5] != _SERVER_HELLO:
        return 0
    return int.from_bytes(come[9:11], "big")


def _hello(host: str, version: int) -> bytes:
    suites = b"".join(struct.pack(">H", one) for one in _SUITES)
    groups = b"".join(struct.pack(">H", one) for one in _GROUPS)
    extensions = _extension(10, _sized(groups, 2)) + _extension(11, b"\x01\x00")
    if not host.replace(".", "").isdigit() and ":" not in host:  # an address is no server name, RFC 6066 section 3
        extensions += _extension(0, _sized(b"\x00" + _sized(host.encode("idna"), 2), 2))
    body = struct.pack(">H", version) + secrets.token_bytes(32) + b"\x00"
    body += _sized(suites, 2) + b"\x01\x00" + _sized(extensions, 2)
    return b"\x16\x03\x01" + _sized(b"\x01" + _sized(body, 3), 2)


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    """With its length before it, in so many bytes."""
    return len(content).to_bytes(width, "big") + content
