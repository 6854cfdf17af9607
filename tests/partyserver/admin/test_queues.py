"""What waits to be sent: to clients that do not read, behind writers whose TCP connection is a list."""

from __future__ import annotations

import pytest
from tests.partyserver.admin.scraping import Scraped
from tests.partyserver.in_process import settle
from tests.partyserver.wires import connected, text_frame

from partyserver import Connection, Host, PartyServer
from partyserver.admin import queues

OF_MAIN, OF_OTHER = "{party=main}", "{party=other}"


class Relay(PartyServer):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast("x" * int(message), [sender.id])


async def queued(host: Host) -> dict[str, float]:
    """The sum and the maximum of each party."""
    return {
        name.removeprefix("partyserver_queue_"): value
        for name, value in (await Scraped(host, 0).metrics()).items()
        if "_queue_" in name
    }


@pytest.mark.parametrize("at_once", [1, 1_000])
async def test_what_waits_for_clients_that_do_not_read(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(queues, "AT_ONCE", at_once)
    host = Host({"main": Relay, "other": Relay})
    paths = ("/party/a", "/party/a", "/party/a", "/party/b", "/parties/other/x")
    async with connected(host, *paths) as (sender, slow, slower, in_b, _):
        for stuck in (slow, slower):
            stuck.protocol.pause_writing()
        sender.protocol.data_received(text_frame("1000"))  # frames of 1,004 bytes
        slow.protocol.data_received(text_frame("100"))  # of 102, for the sender and the slower one
        in_b.protocol.data_received(text_frame("100"))
        expected = {f"bytes{OF_MAIN}": 2_110.0, f"max_bytes{OF_MAIN}": 1_106.0}
        expected |= {f"bytes{OF_OTHER}": 0.0, f"max_bytes{OF_OTHER}": 0.0}
        await settle()
        found = await queued(host)
        assert found == expected
        for stuck in (slow, slower):
            stuck.protocol.resume_writing()
        await settle()
        assert set((await queued(host)).values()) == {0.0}
