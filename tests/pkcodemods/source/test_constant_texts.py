"""Texts that are made of constants: keys of objects."""

from __future__ import annotations

import textwrap

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic.steps import Close, Connect, Traffic

TRAFFIC = Traffic("main", (Connect("a", "/party/room"), Connect("b", "/party/room"), Close("a")))
HANDLERS = """

def hello(connection, room):
    room.broadcast(f"hello {len(room.connections)}")


def bye(connection, room):
    room.broadcast("bye")


"""


def module(before: str, export: str) -> str:
    return f"from partykit.server import PartyKitServer\n{textwrap.dedent(before)}{HANDLERS}{export}\n"


KEYS = "class Keys:\n    CONNECT = 'onConnect'\n    CLOSE: str = 'onClose'\n"


@pytest.mark.parametrize(
    ("before", "keys"),
    [
        (KEYS, "Keys.CONNECT Keys.CLOSE"),
        (KEYS.replace("Keys", "Keys(StrEnum)"), "Keys.CONNECT Keys.CLOSE"),
        (KEYS.replace("Keys", "Keys(str, Enum)").replace(": str", ""), "Keys.CONNECT Keys.CLOSE.value"),
        ("EVENT = 'Connect'", "f'on{EVENT}' f'on{'Close'}'".replace("'Close'", '"Close"')),
        ("ON = 'on'", "ON+'Connect' ON+'Close'"),
        ("ON = 'on'\nCONNECT = ON + 'Connect'\nOTHER = CONNECT", "OTHER f'{ON}Close'"),
        ("class K:\n    ON = 'on'\n", "K.ON+'Connect' f'{K.ON}Close'"),
    ],
)
def test_keys_that_are_constants(before: str, keys: str) -> None:
    connect, close = keys.split()
    imports = "from enum import Enum, StrEnum\n"
    for export in (
        f"default: PartyKitServer = {{{connect}: hello, {close}: bye}}",
        f"default: PartyKitServer = dict([({connect}, hello), ({close}, bye)])",
        f"default: PartyKitServer = {{{connect}: hello}}\ndefault[{close}] = bye",
    ):
        source = module(imports + before, export)
        result = migrated(source)
        assert result.outcome == "rewritten", (export, result.parties)
        assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


@pytest.mark.parametrize(
    ("before", "key"),
    [
        (f"{KEYS}Keys.CONNECT = 'onClose'", "Keys.CONNECT"),
        (f"{KEYS}setattr(Keys, 'CONNECT', 'onClose')", "Keys.CONNECT"),
        (KEYS.replace("Keys", "Keys(metaclass=type)"), "Keys.CONNECT"),
        (KEYS.replace("class", "@str\nclass"), "Keys.CONNECT"),
        (KEYS.replace("Keys", "Keys(StrEnum)").replace("'onConnect'", "auto()"), "Keys.CONNECT"),
        (KEYS.replace("Keys", "Keys(str, Enum)"), "f'{Keys.CONNECT}'"),
        ("A = 'onConnect'\nA = 'onClose'", "A"),
        ("A, B = 'ab'", "A"),
        ("A: str", "A"),
        ("A = 'onConnect'", "f'{A!r}'"),
        ("A = 'onConnect'", "A * 2"),
        ("A = A", "A"),
    ],
)
def test_keys_that_may_be_something_else(before: str, key: str) -> None:
    result = migrated(
        module(
            f"from enum import Enum, StrEnum, auto\n{before}", f"default: PartyKitServer = {{{key}: hello}}"
        )
    )
    assert [finding.code for finding in result.parties[0].findings] == ["PK101"]
