"""``gateway send-mllp``: what each message was answered, a line each."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.send_mllp import command
from gateway.errors import PayloadError, RecipientUnreachable
from gateway.mllp.client import messages_of, read_acknowledgement
from gateway.mllp.framing import framed
from tests.delivery.test_tls import certified
from tests.mllp.test_tls import sender_certificate
from tests.mllp.world import Listening, World, glucose


def sent(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def _hang_up(listening: socket.socket) -> None:
    listening.accept()[0].close()


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def file(folder: Path, content: bytes, name: str = "a.hl7") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def test_each_message_of_each_file_is_answered_on_its_own_line(listening: Listening, tmp_path: Path) -> None:
    two = file(tmp_path, glucose("M1") + glucose("M2", f15="AL", f16="AL"))
    other = file(tmp_path, framed(glucose("M3", f15="NE", f16="NE")), "b.hl7")
    done = sent(two, other, "--to", listening.address)
    assert done.exit_code == 0, done.output
    told = [(one["source"], one["control_id"], [ack["code"] for ack in one["acknowledgements"]]) for one in lines(done)]
    assert told == [(two, "M1", ["AA"]), (f"{two}#2", "M2", ["CA", "AA"]), (other, "M3", [])]


def test_a_refusal_is_exit_1_with_its_codes(listening: Listening, tmp_path: Path) -> None:
    for version, code in (("2.9", "203"), ("2.2", "203")):  # of ERR-3, and of ERR-1 before 2.5
        done = sent(file(tmp_path, glucose("M1", f12=version)), "--to", listening.address)
        assert done.exit_code == 1
        (answer,) = lines(done)[0]["acknowledgements"]
        assert (answer["code"], answer["control_id"], answer["errors"]) == ("AR", "M1", [code])


def test_a_file_edited_as_text_gets_hl7s_line_ends(listening: Listening, tmp_path: Path) -> None:
    done = sent(file(tmp_path, glucose("M1").replace(b"\r", b"\n")), "--to", listening.address)
    assert done.exit_code == 0, done.output


def test_over_tls(world: World, tmp_path: Path) -> None:
    known, lab = certified(tmp_path / "known"), sender_certificate(tmp_path / "lab")
    cert, key = known.server
    path = file(tmp_path, glucose("M1"))
    with world.listening(mllp_tls_cert=cert, mllp_tls_key=key, mllp_client_ca=lab[0]) as at:
        shown = ["--cert", lab[0], "--key", lab[1]]
        assert sent(path, "--to", at.address, "--tls", "--ca", known.ca, *shown).exit_code == 0
        assert isinstance(sent(path, "--to", at.address, "--tls").exception, RecipientUnreachable)
    assert "need --tls" in sent(path, "--to", at.address, "--ca", known.ca).output


def test_nobody_there_or_nobody_who_answers_is_said(tmp_path: Path) -> None:
    path = file(tmp_path, glucose("M1"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert isinstance(sent(path, "--to", address, "--timeout", "1").exception, RecipientUnreachable)
        silent.accept()[0].close()
        hangs_up = threading.Thread(target=_hang_up, args=(silent,))
        hangs_up.start()
        told = sent(path, "--to", address).exception
        hangs_up.join()
    assert isinstance(told, RecipientUnreachable)
    told = sent(path, "--to", address).exception
    assert isinstance(told, RecipientUnreachable)
    assert str(told) == f"Nothing answers at {address}: Connection refused."


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    assert sent(file(tmp_path, glucose("M1")), "--to", "2575").exit_code == 2
    assert sent("nothing.hl7", "--to", "127.0.0.1:2575").exit_code == 2


def test_a_file_without_a_message_and_an_answer_without_msa_are_refused() -> None:
    with pytest.raises(PayloadError):
        messages_of(b"no message")
    for wrong in (b"HTTP/1.1 400\r", b"MSH|^~\\&|\r"):
        with pytest.raises(PayloadError):
            read_acknowledgement(wrong)
