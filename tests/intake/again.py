"""What the tests of stored records translated again ask for."""

from __future__ import annotations

from gateway.adapter import MappingText, Payload
from gateway.intake import Intake
from gateway.retranslation import Again, Retranslation
from gateway.store import mapping_files
from tests.intake.world import LAB, World


def register(world: World, text: str, facility: str = LAB) -> str:
    """A mapping file in force from now on; its label."""
    file = MappingText.read(text.encode())
    world.store.write(
        lambda connection: mapping_files.register(connection, facility, file, by="Thu", reason="", now=world.now())
    )
    return file.label


def take(intake: Intake, data: bytes) -> list[str]:
    """The exchanges that a payload became."""
    return [line["id"] for line in intake.take(LAB, Payload(data), actor="test").exchanges]


def carry_out(again: Retranslation, name: str = "xn-huyen") -> list[Again]:
    """What became of each record that the file of this name reads otherwise now."""
    return list(again.carry_out(LAB, name, by="Thu", reason="wrong column", actor="cli"))
