"""The quick look at bytes that decides whether a file may hold a party."""

import itertools
import re

import pytest

from pkcodemods import may_hold_party
from pkcodemods.api import HANDLER_SPELLINGS
from pkcodemods.sniffing import shows_party


@pytest.mark.parametrize(
    "data",
    [
        b"def on_connect(connection, room): ...\n",
        b"default = {'onFetch': f}\n",
        b"chat: PartyKitServer = make()\nimport partykit.server\n",
        b"from partykit.server import Room\ndefault = make()\n",
        b"def onCron(cron, lobby): ...\n",
        b"def on_connect(client, userdata): ...\n",
        b"from partykit.server import Room\n",
        b"x = unstable_onFetch\nfrom partykit import server\n",
    ],
)
def test_what_may_hold_a_party_is_looked_at(data: bytes) -> None:
    assert may_hold_party(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"import os\n",
        b"room = lobby = 1\n",
        b"x.default = on_click\n",
        b"def on_connected(room): ...\n",
    ],
)
def test_what_cannot_hold_one_is_not(data: bytes) -> None:
    assert not may_hold_party(data)


def test_an_extra_import_root_counts() -> None:
    data = b"from vendor.pk import Server\nchat = make()\n"
    assert not may_hold_party(data)
    assert may_hold_party(data, ("vendor.pk",))


@pytest.mark.parametrize(
    ("data", "shows"),
    [
        (b"def on_connect(connection, room): ...\n", True),
        (b"default = {'on_close': f}\n", True),
        (b"chat: PartyKitServer = {'on_close': f}\n", True),
        (b"def on_close(socket, code): ...\n", False),
        (b"from partykit.server import Room\n", False),
        (b"from partykit.server import Room\ndefault = 1\n", True),
    ],
)
def test_what_shows_more_than_a_handlers_name(data: bytes, shows: bool) -> None:
    assert shows_party(data) is shows


@pytest.mark.parametrize("name", HANDLER_SPELLINGS)
def test_a_handlers_name_is_found_as_a_whole_name_only(name: str) -> None:
    """The pattern is made to be fast; this is what it stands for."""
    plain = re.compile("|".join(rf"\b{spelling}\b" for spelling in HANDLER_SPELLINGS))
    for before, after in itertools.product(
        ("", " ", "_", "x", ".", "unstable_", "unstable", "on", "\n", "9"), ("", "(", "_", "s", " ", "9", ".")
    ):
        text = f"pass {before}{name}{after}"
        assert may_hold_party(text.encode()) == (plain.search(text) is not None), text
