"""Section 6 of Autobahn|Testsuite: valid and invalid UTF-8, after Markus Kuhn's stress test for decoders."""

from __future__ import annotations

from collections.abc import Iterator

from tests.autobahn.frames import CONT, TEXT, frame

KOSME = "κόσμε".encode()
_GREETING = "Hello-µ@ßöäüàá-UTF-8!!".encode()
_SURROGATE, _BEYOND = bytes.fromhex("eda080"), bytes.fromhex("f4908080")


def _bytes(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at : at + 1] for at in range(len(data)))


WHOLE = (
    ("6.2.1", _GREETING, (_GREETING,)),
    ("6.2.2", _GREETING, (_GREETING[:15], _GREETING[15:])),
    ("6.2.3", _GREETING, _bytes(_GREETING)),
    ("6.2.4", KOSME, _bytes(KOSME)),
    ("6.3.1", KOSME + _SURROGATE + b"edited", (KOSME + _SURROGATE + b"edited",)),
    ("6.3.2", KOSME + _SURROGATE + b"edited", _bytes(KOSME + _SURROGATE + b"edited")),
)
"""A number, a text, and its fragments."""


def _fail_fast() -> Iterator[tuple[str, tuple[bytes, ...]]]:
    for name, parts in (
        ("6.4.1", (KOSME, _BEYOND, b"edited")),
        ("6.4.2", (KOSME + b"\xf4", b"\x90", b"\x80\x80edited")),
    ):
        first, second, last = parts
        yield name, (frame(TEXT, first, fin=False), frame(CONT, second, fin=False), frame(CONT, last))
    whole = frame(TEXT, KOSME + _BEYOND + b"edited")
    head = len(whole) - len(KOSME + _BEYOND + b"edited")
    for name, first_end, second_end in (("6.4.3", 11, 15), ("6.4.4", 12, 13)):
        ends = (head + first_end, head + second_end)
        yield name, (whole[: ends[0]], whole[ends[0] : ends[1]], whole[ends[1] :])


FAIL_FAST = tuple(_fail_fast())
"""A number, and what is sent in turn. The second part makes the text invalid; a server may also wait for the
third to say so."""

_LAST_OF_PLANES = ["efbfbe", "efbfbf"] + [
    (0x10000 * plane + 0xFFFE + low).to_bytes(4, "big").decode("utf-32-be").encode().hex()
    for plane in range(1, 17)
    for low in (0, 1)
]
_OVERLONG = ["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"]
_LARGEST_OVERLONG = ["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"]
_OVERLONG_NUL = ["c080", "e08080", "f0808080", "f880808080", "fc8080808080"]
_SURROGATES = ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"]
_PAIRS = [high + low for high in ("eda080", "edadbf", "edae80", "edafbf") for low in ("edb080", "edbfbf")]
_INCOMPLETE = [
    "c0",
    "e080",
    "f08080",
    "f8808080",
    "fc80808080",
    "df",
    "efbf",
    "f7bfbf",
    "fbbfbfbf",
    "fdbfbfbfbf",
]


def _spaced(first: int, last: int) -> str:
    return "".join(f"{value:02x}20" for value in range(first, last + 1))


_GROUPS = {
    "6.5": [*(f"hello{text}world".encode().hex() for text in ("$", "¢", "€", "𤭢")), KOSME.hex()],
    "6.6": [KOSME[:end].hex() for end in range(1, 12)],
    "6.7": ["00", "c280", "e0a080", "f0908080"],
    "6.8": ["f888808080", "fc8480808080"],
    "6.9": ["7f", "dfbf", "efbfbf", "f48fbfbf"],
    "6.10": ["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"],
    "6.11": ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "f4908080"],
    "6.12": [
        "80",
        "bf",
        *("80bf" * (n // 2) + "80" * (n % 2) for n in range(2, 7)),
        _spaced(0x80, 0xBE).replace("20", ""),
    ],
    "6.13": [
        _spaced(*ends) for ends in ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))
    ],
    "6.14": _INCOMPLETE,
    "6.15": ["".join(_INCOMPLETE)],
    "6.16": ["fe", "ff", "fefeffff"],
    "6.17": _OVERLONG,
    "6.18": _LARGEST_OVERLONG,
    "6.19": _OVERLONG_NUL,
    "6.20": _SURROGATES,
    "6.21": _PAIRS,
    "6.22": _LAST_OF_PLANES,
    "6.23": ["efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"],
}

SEQUENCES = tuple(
    (f"{group}.{number}", bytes.fromhex(sequence))
    for group, sequences in _GROUPS.items()
    for number, sequence in enumerate(sequences, 1)
)
"""A number, and a text in one frame; whether it is valid Python's own decoder says."""
