"""The counting party on nodes that leave something out on purpose: the checker has to find each."""

from __future__ import annotations

import contextlib
import itertools
import os

from tests.cluster.counters import Counters

from partyserver.cluster import Node
from partyserver.cluster.lease import Lease
from partyserver.cluster.membership import Membership
from partyserver.cluster.passing.entry_sockets import EntryAudience
from partyserver.postgres import commits
from partyserver.wire import Data

LEFT_OUT = "PKCOMPAT_TEST_LEFT_OUT"
"""The environment variable that says what: `epoch`, `lease`, or `message`."""


def leave_out_epoch() -> None:
    """Any node's commits count."""
    condition = (
        "AND l.present_epoch = l.epoch\n"
        "    AND (l.present_seq = l.seq OR ($15 AND l.present_seq = l.seq + 1))"
    )
    assert condition in commits._STATEMENT
    commits._STATEMENT = commits._STATEMENT.replace(condition, "AND ($15 OR TRUE)").replace(
        "SET seq = l.seq + 1", "SET seq = l.present_seq + 1"
    )


def leave_out_lease() -> None:
    """A node takes itself for living whatever its lease says, and does not ask for another."""

    async def forget(membership: Membership, node: Node) -> None:
        with contextlib.suppress(Exception):
            await membership._engine.renew(node, membership._seconds)

    Lease.is_good = property(lambda lease: True)  # type: ignore[method-assign, assignment]
    Membership._renew_once = forget  # type: ignore[method-assign]


def leave_out_message() -> None:
    """Of the messages that are passed on, one in some hundreds gets lost."""
    send, numbers = EntryAudience._send, itertools.count(1)

    def send_most(audience: EntryAudience, data: Data, without: list[int]) -> None:
        if next(numbers) % 300:
            send(audience, data, without)

    EntryAudience._send = send_most  # type: ignore[method-assign]


WAYS = {"epoch": leave_out_epoch, "lease": leave_out_lease, "message": leave_out_message}

if wanted := os.environ.get(LEFT_OUT):
    WAYS[wanted]()

__all__ = ["Counters"]
