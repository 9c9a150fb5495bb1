"""A listening socket under TLS, as a real server's: whoever never finishes a handshake holds up nobody else."""

from __future__ import annotations

import socket
import ssl


def encrypted(listening: socket.socket, tls: tuple[str, str], client_ca: str = "") -> ssl.SSLSocket:
    """``tls``: PEM files of the certificate and its key. ``client_ca``: whoever comes shows a certificate of theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    # The handshake waits for the connection's own thread.
    return context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
