"""Autobahn|Testsuite's cases, by their numbers: what a client sends, and what an echo has to answer.

It is the list of its fuzzing client 0.8.2, of which nothing but the facts is taken: the bytes that are sent,
and the answers that are allowed. Sections 1 to 7, 9 and 10; `compressed_cases` has 12 and 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tests.autobahn.frames import BINARY, CONT, PING, PONG, TEXT, close, fragments, frame, pieces
from tests.autobahn.utf8_cases import FAIL_FAST, SEQUENCES, WHOLE

HELLO = b"Hello, world!"
PROTOCOL_ERROR, INVALID = frozenset({1002}), frozenset({1007})
NORMAL = frozenset({1000})

Answer = tuple[int, bytes]
"""The opcode and payload of a message or pong."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and what has to come back.

    Attributes:
        name: its number.
        packets: what is sent, each at once.
        answers: the messages and pongs that come back.
        codes: those that the server may close with by itself, or may answer a close among the packets with;
            empty if the client closes with 1000 once it has the answers.
        optional: whether the answers may also be missing from some place on, unless one is strict: what
            ends the connection came in the same packet.
    """

    name: str
    packets: tuple[bytes, ...]
    answers: tuple[Answer, ...] = ()
    codes: frozenset[int] = frozenset()
    optional: bool = False


def together(*frames: bytes) -> tuple[bytes, ...]:
    """In one packet."""
    return (b"".join(frames),)


def chopped(size: int, *frames: bytes) -> tuple[bytes, ...]:
    """In packets of some bytes."""
    return tuple(pieces(b"".join(frames), size))


def ways(*frames: bytes) -> Iterator[tuple[bytes, ...]]:
    """In one packet, a frame a packet, a byte a packet."""
    yield from (together(*frames), tuple(frames), chopped(1, *frames))


def _messages() -> Iterator[Case]:
    for kind, (opcode, unit) in enumerate([(TEXT, b"*"), (BINARY, b"\xfe")], 1):
        for number, size in enumerate((0, 125, 126, 127, 128, 65_535, 65_536), 1):
            sent = frame(opcode, unit * size)
            yield Case(f"1.{kind}.{number}", (sent,), ((opcode, unit * size),))
        yield Case(f"1.{kind}.8", chopped(997, sent), ((opcode, unit * 65_536),))


def _pings() -> Iterator[Case]:
    for number, payload in enumerate((b"", HELLO, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125), 1):
        yield Case(f"2.{number}", (frame(PING, payload),), ((PONG, payload),))
    yield Case("2.5", (frame(PING, b"\xfe" * 126),), codes=PROTOCOL_ERROR)
    yield Case("2.6", chopped(1, frame(PING, b"\xfe" * 125)), ((PONG, b"\xfe" * 125),))
    yield Case("2.7", (frame(PONG),))
    yield Case("2.8", (frame(PONG, b"unsolicited"),))
    yield Case("2.9", together(frame(PONG, b"unsolicited"), frame(PING, b"ping")), ((PONG, b"ping"),))
    ten = [b"payload-%d" % number for number in range(10)]
    pings, pongs = [frame(PING, payload) for payload in ten], tuple((PONG, payload) for payload in ten)
    yield Case("2.10", together(*pings), pongs)
    yield Case("2.11", chopped(1, *pings), pongs)


def _reserved_bits() -> Iterator[Case]:
    yield Case("3.1", (frame(TEXT, HELLO, rsv=1),), codes=PROTOCOL_ERROR)
    for rsv in (2, 3, 4):
        sent = list(ways(frame(TEXT, HELLO), frame(TEXT, HELLO, rsv=rsv), frame(PING)))[rsv - 2]
        yield Case(f"3.{rsv}", sent, ((TEXT, HELLO),), PROTOCOL_ERROR, optional=True)
    yield Case("3.5", (frame(BINARY, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", rsv=5),), codes=PROTOCOL_ERROR)
    yield Case("3.6", (frame(PING, HELLO, rsv=6),), codes=PROTOCOL_ERROR)
    yield Case("3.7", (frame(8, rsv=7),), codes=PROTOCOL_ERROR)


def _opcodes() -> Iterator[Case]:
    for group, first in enumerate((3, 11), 1):
        yield Case(f"4.{group}.1", (frame(first),), codes=PROTOCOL_ERROR)
        yield Case(f"4.{group}.2", (frame(first + 1, HELLO),), codes=PROTOCOL_ERROR)
        for number, payload in ((3, b""), (4, HELLO), (5, HELLO)):
            sent = (frame(TEXT, HELLO), frame(first + number - 1, payload), frame(PING))
            packets = chopped(1, *sent) if number == 5 else together(*sent)
            yield Case(f"4.{group}.{number}", packets, ((TEXT, HELLO),), PROTOCOL_ERROR, optional=True)


def _fragments() -> Iterator[Case]:
    one, two, three, four, five = (b"fragment%d" % number for number in range(1, 6))
    for number, opcode in ((1, PING), (2, PONG)):
        yield Case(f"5.{number}", together(*fragments(opcode, one, two)), codes=PROTOCOL_ERROR)
    both = fragments(TEXT, one, two)
    for number, packets in enumerate(ways(*both), 3):
        yield Case(f"5.{number}", packets, ((TEXT, one + two),))
    ping = frame(PING, b"ping payload")
    for number, packets in enumerate(ways(both[0], ping, both[1]), 6):
        yield Case(f"5.{number}", packets, ((PONG, b"ping payload"), (TEXT, one + two)))
    for first, fin in ((9, True), (12, False)):
        lone = frame(CONT, b"non-continuation payload", fin=fin)
        for number, packets in enumerate(ways(lone, frame(TEXT, HELLO)), first):
            yield Case(f"5.{number}", packets, codes=PROTOCOL_ERROR)
    wrong = (*both, frame(CONT, three, fin=False), frame(TEXT, four))
    yield Case("5.15", together(*wrong), ((TEXT, one + two),), PROTOCOL_ERROR, optional=True)
    for number, fin in ((16, False), (17, True)):
        again = (frame(CONT, one, fin=fin), *fragments(TEXT, two, three))
        yield Case(f"5.{number}", together(*again, *again), codes=PROTOCOL_ERROR)
    yield Case("5.18", together(frame(TEXT, one, fin=False), frame(TEXT, two)), codes=PROTOCOL_ERROR)
    parts = fragments(TEXT, one, two, three, four, five)
    pings = frame(PING, b"pongme 1!"), frame(PING, b"pongme 2!")
    halves = (*parts[:2], pings[0]), (*parts[2:4], pings[1], parts[4])
    answers = ((PONG, b"pongme 1!"), (PONG, b"pongme 2!"), (TEXT, one + two + three + four + five))
    yield Case("5.19", (b"".join(halves[0]), b"".join(halves[1])), answers)
    yield Case("5.20", (*halves[0], *halves[1]), answers)


def _utf8() -> Iterator[Case]:
    yield Case("6.1.1", (frame(TEXT),), ((TEXT, b""),))
    yield Case("6.1.2", together(*fragments(TEXT, b"", b"", b"")), ((TEXT, b""),))
    middle = b"middle frame payload"
    yield Case("6.1.3", together(*fragments(TEXT, b"", middle, b"")), ((TEXT, middle),))
    for name, payload, cuts in WHOLE:
        yield _text(name, fragments(TEXT, *cuts), payload)
    for name, parts in FAIL_FAST:
        yield Case(name, parts, codes=INVALID)
    for name, payload in SEQUENCES:
        yield _text(name, [frame(TEXT, payload)], payload)


def _text(name: str, frames: Sequence[bytes], payload: bytes) -> Case:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Case(name, together(*frames), codes=INVALID)
    return Case(name, together(*frames), ((TEXT, payload),))


def _closing() -> Iterator[Case]:
    def ended(name: str, frames: Iterable[bytes], codes: frozenset[int] = NORMAL) -> Case:
        return Case(name, together(*frames), codes=codes)

    hello = frame(TEXT, b"Hello World!")
    yield Case("7.1.1", together(hello, close()), ((TEXT, b"Hello World!"),), NORMAL, optional=True)
    for number, after in ((2, close(None)), (3, frame(PING)), (4, hello)):
        yield ended(f"7.1.{number}", (close(), after))
    first, last = fragments(TEXT, b"fragment1", b"fragment2")
    yield ended("7.1.5", (first, close(), last))
    large = b"BAsd7&jh23" * 26_214 + b"BAsd"
    sent = together(frame(TEXT, large), hello, close(), frame(PING))
    both = ((TEXT, large), (TEXT, b"Hello World!"))
    yield Case("7.1.6", sent, both, NORMAL, optional=True)
    yield ended("7.3.1", [close(None)], frozenset({1000, 1005}))
    yield ended("7.3.2", [frame(8, b"a")], PROTOCOL_ERROR)
    for number, reason in ((3, b""), (4, b"Hello World!"), (5, b"*" * 123)):
        yield ended(f"7.3.{number}", [close(1000, reason)])
    yield ended("7.3.6", [close(1000, b"*" * 124)], PROTOCOL_ERROR)
    invalid = bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564")
    yield ended("7.5.1", [close(1000, invalid)], PROTOCOL_ERROR | INVALID)
    valid = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    for number, code in enumerate(valid, 1):
        yield ended(f"7.7.{number}", [close(code)], frozenset({1000, code}))
    for number, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield ended(f"7.9.{number}", [close(code)], PROTOCOL_ERROR)
    for number, code in enumerate((5000, 65_535), 1):
        yield ended(f"7.13.{number}", [close(code)], frozenset({1000, 1002, code}))


def _large() -> Iterator[Case]:
    kib, mib = 1_024, 1_024 * 1_024
    for group, opcode in ((1, TEXT), (2, BINARY)):
        for number, size in enumerate((64 * kib, 256 * kib, mib, 4 * mib, 8 * mib, 16 * mib), 1):
            yield Case(f"9.{group}.{number}", (frame(opcode, b"*" * size),), ((opcode, b"*" * size),))
    for group, opcode in ((3, TEXT), (4, BINARY)):
        for number, size in enumerate(
            (64, 256, kib, 4 * kib, 16 * kib, 64 * kib, 256 * kib, mib, 4 * mib), 1
        ):
            sent = together(*fragments(opcode, *pieces(b"*" * 4 * mib, size)))
            yield Case(f"9.{group}.{number}", sent, ((opcode, b"*" * 4 * mib),))
    for group, opcode in ((5, TEXT), (6, BINARY)):
        for number, size in enumerate((64, 128, 256, 512, kib, 2 * kib), 1):
            sent = chopped(size, frame(opcode, b"*" * mib))
            yield Case(f"9.{group}.{number}", sent, ((opcode, b"*" * mib),))
    for (group, opcode), (number, size) in product(
        ((7, TEXT), (8, BINARY)), enumerate((0, 16, 64, 256, kib, 4 * kib), 1)
    ):
        thousand = together(*[frame(opcode, b"*" * size)] * 1_000)
        yield Case(f"9.{group}.{number}", thousand, ((opcode, b"*" * size),) * 1_000)


def _fragmented_automatically() -> Iterator[Case]:
    sent = together(*fragments(TEXT, *pieces(b"*" * 65_536, 1_300)))
    yield Case("10.1.1", sent, ((TEXT, b"*" * 65_536),))


CASES: tuple[Case, ...] = (
    *_messages(),
    *_pings(),
    *_reserved_bits(),
    *_opcodes(),
    *_fragments(),
    *_utf8(),
    *_closing(),
    *_fragmented_automatically(),
)
"""Sections 1 to 7 and 10."""


def large_cases() -> tuple[Case, ...]:
    """Section 9, made when they are wanted: they are 130 MB."""
    return tuple(_large())
