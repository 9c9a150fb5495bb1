"""Changes that keep a message looking like one: of segments, fields, repetitions and components."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

# What a field may hold and a program may stumble over; delimiters are the standard ones.
NASTY = (
    b"", b'""', b"0", b"-0", b"1e999", b"NaN", b"00.0", b"<5", b">^1:160", b"1-2", b"+-1", b"1,5", b"9" * 40,
    b"2026", b"20260230", b"20261115256199", b"202611150800+0700", b"99999999", b"20261115080000.1234567+9999",
    b"~", b"~~", b"^", b"^^^^", b"&", b"&&", b"^~&", b"\\", b"\\E\\", b"\\X0D\\", b"\\XZZ\\", b"\\F\\", b"\\.br\\",
    b"\\H\\", b"\\C2842\\", b"A^B^C^D^E^F", b"A&B&C^D&E", b"a" * 300, b"\xc3", b"\xe1\xbb\x85", b"e\xcc\x82\xcc\x83",
    b"\xef\xbf\xbd", b"\xf0\x9f\x98\x80", b"\xc2\xa0", b"\xe2\x80\x8b", b"<script>", b"urn:oid:1.2", b"http://x y",
    b"NM", b"SN", b"ED", b"RP", b"TX", b"CWE", b"DT", b"TS", b"ST", b"F", b"C", b"D", b"X", b"P", b"R", b"W",
    b"^image^PDF^Base64^!!", b"UNICODE UTF-8", b"8859/1", b"TCVN3", b"A08", b"U", b"MR", b"LN", b"SCT", b"1.1",
    b"1.1.1",
)  # fmt: skip


def mutated(data: bytes, other: bytes, random: Random) -> bytes:
    """``data`` with a few changes, some of them parts of ``other``."""
    segments, others = data.split(b"\r"), other.split(b"\r")
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        if not segments:
            break
        _change(segments, others, random)
    return b"\r".join(segments)


def _change(segments: list[bytes], others: Sequence[bytes], random: Random) -> None:
    at = random.randrange(len(segments))
    kind = random.randrange(12)
    if kind == 0:
        del segments[at]
    elif kind == 1:
        segments.insert(random.randrange(len(segments) + 1), segments[at])
    elif kind == 2:
        segments.insert(at, random.choice(others))
    elif kind == 3:
        to = random.randrange(len(segments))
        segments[at], segments[to] = segments[to], segments[at]
    elif kind == 4:
        same = [one for one in others if one[:3] == segments[at][:3]]
        segments[at] = random.choice(same) if same else segments[at]
    else:
        segments[at] = _segment(segments[at], random)


def _segment(segment: bytes, random: Random) -> bytes:
    """One field changed, also one far behind the last."""
    fields = segment.split(b"|")
    place = random.randrange(1, max(len(fields) + 3, 2)) if random.random() < 0.8 else random.randrange(1, 60)
    fields += [b""] * (place + 1 - len(fields))
    mark = random.choice((b"", b"", b"~", b"^", b"^", b"&"))
    if not mark:
        fields[place] = _value(fields[place], fields, random)
    else:
        parts = fields[place].split(mark)
        at = random.randrange(len(parts) + 1)
        parts += [b""] * (at + 1 - len(parts))
        parts[at] = _value(parts[at], fields, random)
        fields[place] = mark.join(parts)
    return b"|".join(fields)


def _value(value: bytes, fields: Sequence[bytes], random: Random) -> bytes:
    chosen = random.choice(NASTY) if random.random() < 0.7 else random.choice(fields)
    return chosen if random.random() < 0.7 else value + chosen
