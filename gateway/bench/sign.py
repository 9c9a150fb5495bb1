"""``sign``: what the signature of an exchange costs, and its share of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from gateway.bench import peers
from gateway.bench.blocks import cpu_each
from gateway.bench.exchange import warm
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.orders import FACILITIES, Order
from gateway.bench.plan import Plan
from gateway.bench.sending import sending
from gateway.bench.stock import Stock, stocked
from gateway.bench.translate import translated
from gateway.bundle import body
from gateway.keyring import Keyring
from gateway.trust.message import message, sign
from gateway.trust.verify import verify

SHARE = Target(10, "lower")
_PAYLOAD = "00" * 32


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of signing and verifying one exchange."""
    with stocked(plan, "sqlite", 0, say) as stock:
        about = About("sign", f"{plan.messages} Bundles of 20 OBX in {plan.blocks} blocks")
        unsigned = [_unsigned(one) for one in stock.laboratories.orders(0, plan.messages)]
        with stock.site.opened() as store:
            keyring = Keyring(store, stock.site.read(), _now)
            signer, trust = keyring.signer(FACILITIES[0]), keyring.public_trust()

        def signed(bundle: dict[str, Any]) -> dict[str, Any]:
            return sign(bundle, signer, signed_at=_now(), payload_sha256=_PAYLOAD)

        def verified(bundle: bytes) -> None:
            if not verify(bundle, trust=trust, now=_now()).valid:
                raise BenchFailed("what was signed here does not verify")

        say("sign: ours")
        ours = about.sampled(
            "signing: canonical form, digits, JWS", _ms(cpu_each(signed, unsigned, plan.blocks)), "ms CPU"
        )
        yield ours
        written = [body(signed(one)) for one in unsigned]
        yield about.sampled("verifying, reading it included", _ms(cpu_each(verified, written, plan.blocks)), "ms CPU")
        say("sign: rfc8785 and joserfc")
        plain = [body(one) for one in unsigned]
        naive = _ms(cpu_each(peers.naive_signer(), plain, plan.blocks))
        yield about.sampled("rfc8785 library and joserfc, without digits as written", naive, "ms CPU")
        say("sign: the whole exchange")
        yield _share(plan, stock, ours)


def _share(plan: Plan, stock: Stock, ours: Figure) -> Figure:
    """Of the CPU that the gateway uses for an exchange, from the request to the receipt."""
    with sending(stock, plan.scratch) as sender:
        warm(sender, plan)
        seen = sender.at(plan.rate or 20, plan.step)
    whole = seen.used["gateway"] / max(len(seen.answers), 1) * 1e3
    about = About("sign", f"{len(seen.answers)} exchanges over HTTP", stock.site.different)
    part = (ours.value or 0.0) / whole * 100 if whole else None
    note = f"of {whole:.1f} ms CPU that the gateway uses for one, delivery included"
    return about.figure("signing, of the whole exchange", part, "%", n=len(seen.answers), target=SHARE, note=note)


def _unsigned(order: Order) -> dict[str, Any]:
    """The message as it stands before its signature, sent by the one laboratory that signs here."""
    resources = translated(order).resources
    return message(
        resources,
        facility_code=FACILITIES[0],
        facility_name="Phòng xét nghiệm Thử",
        source_endpoint="http://127.0.0.1:8080",
        focus=[one["id"] for one in resources if one["resourceType"] == "DiagnosticReport"],
        bundle_id=f"00000000-0000-4000-8000-{order.number:012}",
        header_id=f"00000000-0000-4000-9000-{order.number:012}",
        timestamp=_now(),
    )


def _ms(seconds: list[float]) -> list[float]:
    return [one * 1e3 for one in seconds]


def _now() -> datetime:
    return datetime.now(UTC)
