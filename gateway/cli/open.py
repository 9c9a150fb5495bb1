"""What a command opens: the settings, the store, the keyring, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.cli.clock import now as now  # beside what it opens, for commands that use both
from gateway.keyring import Keyring
from gateway.settings import Settings, made_data_dir, read_settings
from gateway.store import Store, open_store
from gateway.store.schema import prepare

if TYPE_CHECKING:
    from gateway.intake import Intake
    from gateway.judgement import Judge
    from gateway.retranslation import Retranslation

ACTOR = "cli"  # who did it, in the audit line


@dataclass(frozen=True, slots=True)
class House:
    """The parts a command works with."""

    settings: Settings
    store: Store
    keyring: Keyring

    def judge(self) -> Judge:
        from gateway.installed import running_adapters  # adapters and definitions load only for who takes in
        from gateway.judgement import Judge
        from gateway.profile_sources import profiles_in_force

        running, profiles = running_adapters(self.settings.adapters), profiles_in_force(self.settings.profiles)
        return Judge(running, self.settings.public_url, self.keyring.secret, profiles)

    def intake(self) -> Intake:
        from gateway.intake import Intake

        return Intake(self.store, self.judge(), self.settings, now, self.keyring)

    def retranslation(self) -> Retranslation:
        from gateway.intake import Intake
        from gateway.retranslation import Retranslation

        judge = self.judge()
        intake = Intake(self.store, judge, self.settings, now, self.keyring)
        return Retranslation(self.store, judge, now, self.keyring, intake)


@contextmanager
def house() -> Iterator[House]:
    """The gateway's own parts over its database, which is created when it is empty."""
    settings = read_settings()
    made_data_dir(settings)
    prepare(settings.url, data_dir=settings.data_dir)
    store = open_store(settings.url, data_dir=settings.data_dir)
    try:
        yield House(settings, store, Keyring(store, settings, now))
    finally:
        store.close()
