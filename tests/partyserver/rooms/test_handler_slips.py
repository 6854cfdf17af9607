"""Names that miss a handler's by a typo."""

from __future__ import annotations

import pytest

from partyserver.rooms.handler_slips import missed_name

KNOWN = ("on_connect", "on_message", "on_close", "on_error", "unstable_on_fetch", "get_connection_tags")


@pytest.mark.parametrize("known", KNOWN)
def test_every_slip_by_one_letter_is_found(known: str) -> None:
    start = known.index("on_") + len("on_cc")
    for index in range(start, len(known)):
        assert missed_name(known[:index] + known[index + 1 :], KNOWN) == known
        assert missed_name(known[:index] + "x" + known[index:], KNOWN) == known
        assert missed_name(known[:index] + "x" + known[index + 1 :], KNOWN) == known


@pytest.mark.parametrize(
    "name", [*KNOWN, "one", "on_join", "on_lose", "online", "get_connections", "_on_mesage"]
)
def test_known_names_and_names_of_their_own(name: str) -> None:
    assert missed_name(name, KNOWN) is None


def test_other_capitals_and_underscores() -> None:
    assert [missed_name(name, KNOWN) for name in ("onMessage", "ONCLOSE", "onconnect")] == [
        "on_message",
        "on_close",
        "on_connect",
    ]
