"""Servers to compare: grouped by event loop, left out where not installed."""

from __future__ import annotations

from benchmarks.servers import FAST, OURS, PARTYKIT, STARLETTE, Server, sets


def servers(*names: str) -> list[Server]:
    return [Server(name, ["true"]) for name in names]


def test_servers_are_compared_with_those_on_the_same_event_loop() -> None:
    found = servers(OURS + FAST, OURS, STARLETTE + FAST, STARLETTE, PARTYKIT)
    assert sets(found) == {
        "with uvloop and httptools": [OURS + FAST, STARLETTE + FAST, PARTYKIT],
        "as installed by default": [OURS, STARLETTE, PARTYKIT],
    }


def test_there_is_no_table_for_what_is_not_installed() -> None:
    assert sets(servers(OURS, STARLETTE)) == {"as installed by default": [OURS, STARLETTE]}
