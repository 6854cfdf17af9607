"""Traffic within the process, in virtual time."""

from __future__ import annotations

import time

from partyserver import Connection, ConnectionContext, Host, PartyServer, Request, Response
from pkcompat.forms.virtual_time import VirtualClock, run_in_virtual_time
from pkcompat.playing.in_process_transport import InProcessTransport
from pkcompat.playing.player import play
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Traffic, Wait
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, Refused, StepRecord, Transcript


class Chat(PartyServer):
    """Does a little of everything."""

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send(f"hi {connection.uri}")
        if connection.id == "bad":
            raise LookupError("no")

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "close":
            sender.close(4_000, "bye")
        elif message == "arm":
            await self.room.storage.set_alarm(VirtualClock().now() + 60_000)
        else:
            self.room.broadcast(message)

    def on_close(self, connection: Connection) -> None:
        self.room.broadcast(f"closed {connection.id}")

    def on_error(self, connection: Connection, error: Exception) -> None:
        self.room.broadcast(f"error {connection.id}")

    def on_alarm(self) -> None:
        self.room.broadcast("ring")

    async def on_request(self, request: Request) -> Response:
        return Response(await request.body(), 201, {"x-own": "1"})


def transcript_of(*steps: Step) -> Transcript:
    async def main() -> Transcript:
        host = Host({"main": Chat}, debug=True, clock=VirtualClock())
        async with InProcessTransport(host) as transport:
            return await play(Traffic("main", steps), transport)

    return run_in_virtual_time(main())


A, B = Connect("a", "/party/r?_pk=a"), Connect("b", "/party/r?_pk=b")


def test_sockets_and_requests() -> None:
    transcript = transcript_of(
        A,
        Burst((("a", "one"), ("a", b"two"))),
        Http("POST", "/party/r", body=b"body"),
        Connect("x", "/parties/nope/r"),
        Connect("y", "/party/r?_pk=bad"),
    )
    assert transcript == (
        StepRecord(Opened(), {"a": (Message("hi http://127.0.0.1:1999/party/r?_pk=a"),)}),
        StepRecord(None, {"a": (Message("one"), Message(b"two"))}),
        StepRecord(Answer(201, (("x-own", "1"),), b"body")),
        StepRecord(Refused(404, b"Party nope not found")),
        StepRecord(Opened(), {"y": (Closed(1011, "no"),)}),
    )


def test_every_way_to_end() -> None:
    transcript = transcript_of(
        A, B, Close("b", 4_321, "bye"), B, Drop("b"), B, Raw("b", b"\x83\x80\0\0\0\0"), Send("a", "close")
    )
    assert [dict(record.events) for record in transcript if not isinstance(record.result, Opened)] == [
        {"a": (Message("closed b"),)},
        {"a": (Message("closed b"),)},
        {"a": (Message("error b"),), "b": (Closed(1002, "invalid opcode"),)},
        {"a": (Closed(4_000, "bye"),)},
    ]


def test_an_hour_passes_in_no_time() -> None:
    started = time.monotonic()
    transcript = transcript_of(A, Send("a", "arm"), Wait(3_600), Send("a", "x"))
    assert transcript[2].events == {"a": (Message("ring"),)}
    assert time.monotonic() - started < 5
