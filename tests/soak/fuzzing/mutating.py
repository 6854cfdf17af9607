"""Makes wrong inputs of right ones: a seeded mutator of bytes, and one of JSON."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

AWKWARD = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\x80" * 9,
    ),
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b" ",
        b"\t",
        b"\x0c",
        b"\x1b[2J",
        b"%00",
        b"%2f..%2f",
        b"../",
        b"//",
        b"?",
        b"#",
    ),
    *(
        b"[" * 3_000,
        b"{" * 200,
        b"(" * 300,
        b"9" * 5_000,
        b"-1",
        b"1e308",
        b"NaN",
        b"Infinity",
        b"1e-400",
        b"0x10",
    ),
    *(
        b'"',
        b"'",
        b'"""',
        b"\\",
        b"\\ud800",
        b"\\u0000",
        b",",
        b":",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"//",
        b"/*",
    ),
    *(b"\x7f\xff\xff\xff\xff\xff\xff\xff", b"a" * 70_000, "é𝒳‮".encode()),
)
"""What parsers have stumbled over."""

AWKWARD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1e308, -1e308, 5e-324, 0.5),
    *(
        float("nan"),
        float("inf"),
        "",
        "\0",
        "\ud800",
        "é",
        "a" * 5_000,
        "../..",
        "-1",
        [],
        {},
        [[]],
        {"": {}},
    ),
)


def mutated(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Bytes with one to six changes.

    Args:
        data: what is changed.
        corpus: where foreign parts are taken from.
        rng: chooses.
    """
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((1, 1, 2, 4, 16, 200)))
        match rng.randrange(8):
            case 0:
                changed[at:end] = b""
            case 1:
                changed[at:at] = changed[at:end] * rng.choice((1, 1, 2, 50))
            case 2 | 3:
                changed[at:at] = rng.choice(AWKWARD)
            case 4:
                changed[at:end] = rng.choice(AWKWARD)
            case 5:
                changed[at:end] = rng.randbytes(end - at)
            case 6:
                other = rng.choice(corpus)
                start = rng.randrange(len(other) + 1)
                changed[at:end] = other[start : start + rng.choice((1, 8, 40, 400))]
            case 7 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


def mutated_json(document: Any, rng: random.Random) -> Any:
    """A copy of a JSON document with a few values replaced, removed, renamed or moved."""
    document = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(document))
        if not places:
            return rng.choice(AWKWARD_VALUES)
        holder, key = rng.choice(places)
        match rng.randrange(5):
            case 0 | 1:
                holder[key] = rng.choice(AWKWARD_VALUES)
            case 2:
                del holder[key]
            case 3:
                other, other_key = rng.choice(places)
                if holder is not other:
                    holder[key] = copy.deepcopy(other[other_key])
            case 4 if isinstance(holder, dict):
                name = rng.choice((key[:-1], key + key[-1:], key.upper(), "\ud800", "", "\0"))
                holder[name] = holder.pop(key)
    return document


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)
