"""Sections 12 and 13 of Autobahn|Testsuite: messages with permessage-deflate (RFC 7692), many of a size.

websockets' client compresses here. The messages are fewer than there, 5 a case in place of 1,000.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.autobahn.testsuite_client import Result
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

MESSAGES = 5
_SIZES = (16, 64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
_FRAGMENTS = ((8_192, 256), (16_384, 1_024), (32_768, 256), (32_768, 4_096), (65_536, 512), (65_536, 1_024))
_FRAGMENTED = (*_FRAGMENTS, (131_072, 256), (131_072, 32_768))

_WORDS = ("the", "party", "is", "in", "this", "room", "and", "whoever", "comes", "later", "hears", "of", "it")

Offer = tuple[bool, int | None]
"""Whether the server may keep no context, and its window in bits."""

OFFERS: tuple[Offer, ...] = ((False, None), (True, None), (False, 9), (False, 15), (True, 9), (True, 15))


@dataclass(frozen=True, slots=True)
class CompressedCase:
    """Messages of one size, which an echo has to give back.

    Attributes:
        name: its number.
        kind: `text`, `json` or `binary`.
        size: of a message, in bytes.
        fragment: of its fragments, in bytes; 0 if it goes in one frame.
        offers: what the client offers, in its order of preference.
    """

    name: str
    kind: str
    size: int
    fragment: int
    offers: tuple[Offer, ...]

    def messages(self) -> Iterator[str | bytes]:
        """The messages; they are the same each time."""
        rng = random.Random(self.name)
        for _ in range(MESSAGES):
            if self.kind == "binary":
                yield rng.randbytes(self.size)
                continue
            text = " ".join(rng.choices(_WORDS, k=self.size // 2 + 1))
            yield (json.dumps({"n": rng.random(), "text": text}) if self.kind == "json" else text)[
                : self.size
            ]

    async def play(self, port: int) -> Result:
        """Play it against the echo on a port of the loopback."""
        extensions = [
            ClientPerMessageDeflateFactory(
                server_no_context_takeover=forgets, server_max_window_bits=bits, client_max_window_bits=True
            )
            for forgets, bits in self.offers
        ]
        url = f"ws://127.0.0.1:{port}/party/{self.name}"
        async with connect(url, compression=None, extensions=extensions, max_size=None) as socket:
            if "permessage-deflate" not in socket.response.headers.get("Sec-WebSocket-Extensions", ""):
                return Result(self.name, "UNIMPLEMENTED", "OK")
            for message in self.messages():
                step = self.fragment or self.size
                parts = [message[at : at + step] for at in range(0, len(message), step)]
                await socket.send(parts if len(parts) > 1 else message)
                if await socket.recv() != message:
                    return Result(self.name, "another message came back", "OK")
        return Result(self.name, "OK", "OK" if socket.close_code == 1000 else f"{socket.close_code}")


def compressed_cases() -> Iterator[CompressedCase]:
    """Section 12 by kinds of messages, section 13 by what is offered."""
    sizes = [*((size, 0) for size in _SIZES), *_FRAGMENTED]
    for group, kind in enumerate(("text", "json", "text", "binary", "binary"), 1):
        for number, (size, fragment) in enumerate(sizes, 1):
            yield CompressedCase(f"12.{group}.{number}", kind, size, fragment, ((False, None),))
    for group in range(1, 8):
        offers = (OFFERS[group - 1],) if group <= len(OFFERS) else OFFERS[::-1]
        for number, (size, fragment) in enumerate(sizes, 1):
            yield CompressedCase(f"13.{group}.{number}", "json", size, fragment, offers)


async def play_compressed(sections: Iterable[str], port: int) -> list[Result]:
    """Play sections one case after another."""
    prefixes = tuple(f"{section}." for section in sections)
    return [await case.play(port) for case in compressed_cases() if case.name.startswith(prefixes)]
