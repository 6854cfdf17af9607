"""A shadow end to end: differences, pace, restarts, data left alone."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.partyserver.in_process import Server
from tests.pkcompat.shadow_parties import CHAT, Followed, Other, followed, lifespan

from partyserver import Host, MemoryStorage, PartyServer
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import load_party
from pkcompat.shadow import follower as shadow_module
from pkcompat.shadow.follower import Shadow, ShadowOptions
from pkcompat.shadow.link import ShadowError
from pkcompat.traffic.file import load_traffic


@pytest.fixture(autouse=True)
def _failing_handlers_are_not_logged() -> Iterator[None]:
    logger = logging.getLogger("partyserver")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


async def received(client: object, number: int) -> list[object]:
    """What a client received, once it is so much."""
    got: list[object] = []
    async with asyncio.timeout(10):
        while len(got) < number:
            got += client.received  # type: ignore[attr-defined]
            await asyncio.sleep(0.005)
    return got


async def all_of_it(server: Followed) -> None:
    """Everything that the party understands."""
    a = await server.connect("a")
    b = await server.connect("b")
    for message in ("count", "count", "all", "fail", "hi", b"\1\2", "fetch", "later"):
        a.send(message)
    assert await received(b, 2) == ["hello b", "from a"]
    expected = ["hello a", "count 1, began 0", "count 2, began 0", "5: hi", b"\2\1", "fetched 200 1 1 other"]
    assert await received(a, 7) == [*expected, "later"]
    a.send("alarm")
    assert await received(b, 1) == ["ring"]
    assert (await server.http("POST", "/party/room/x?q=1", content="body")).text == "/party/room/x body"
    assert (await server.http("DELETE", "/party/room")).status_code == 500
    with pytest.raises(ValueError, match="not you"):
        await server.connect("unwanted")
    a.send("close")
    a.close(1005)
    b.break_protocol()
    assert await received(a, 2) == ["ring", ("close", 4000, "bye")]


async def test_the_same_form_agrees_in_everything(tmp_path: Path) -> None:
    async with followed(tmp_path) as server:
        await all_of_it(server)
    report = server.report
    assert report.last == ()
    # a: open, 6 messages, later, ring, close; b: open, hello, from a, ring, a left; the one that was refused;
    # 2 answers; the request to another room
    assert (report.rooms, report.differences, report.compared) == (1, 0, 19)
    assert report.left == {}
    assert report.state == "stopped"
    assert Other.asked == 1
    assert not (tmp_path / "differences").exists()


@pytest.mark.parametrize(
    ("change", "where", "primary", "shadow"),
    [
        (("hello {", "hallo {"), "to the client with id a", "“hello a”", "“hallo a”"),
        (
            ("count = (", "count = 1 + ("),
            "to the client with id a",
            "“count 1, began 0”",
            "“count 2, began 0”",
        ),
        ((", [sender.id])", ")"), "to the client with id a", "“5: hi”", "“from a”"),
        (('"fail"', '"fall"'), "to the client with id a", "“5: hi”", "“4: fail”"),
        (("[::-1]", ""), "to the client with id a", "2 bytes AgE=", "2 bytes AQI="),
        (("4000", "4001"), "to the client with id a", "closed with 4000 bye", "closed with 4001 bye"),
        (('"ring"', '"rang"'), "to the client with id", "“ring”", "“rang”"),
        (("set_alarm", "get"), "the alarm", "it rings", "it is not set"),
        (('content="1"', 'content="2"'), "a request to another room, POST", "", ""),
        (('raise ValueError("no")', "return Response()"), "the answer to DELETE /party/room", "500", "200"),
        (
            ('"x-own": "yes"', '"x-own": "no"'),
            "the answer to POST /party/room/x?q=1",
            "x-own: yes",
            "x-own: no",
        ),
        (('raise ValueError("not', 'print("not'), "unwanted", "closed with 1011 not you", "open"),
        (("async def on_start", "async def on_begin"), "to the client with id a", "“count 1", "nothing"),
        (("def on_close", "def left"), "to the client with id b", "“a left”", "nothing"),
        (('"later")', '"soon")'), "to the client with id a", "“later”", "“soon”"),
    ],
)
async def test_what_differs_is_told_kept_and_replays(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    change: tuple[str, str],
    where: str,
    primary: str,
    shadow: str,
) -> None:
    async with followed(tmp_path, change) as server:
        await all_of_it(server)
        await server.until("differences")
        transport = httpx.ASGITransport(server.host.admin)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            metrics = (await client.get("/metrics")).text
        assert "partyserver_shadow_differences_total 1.0" in metrics.splitlines()
    report = server.report
    assert (report.differences, report.kept) == (1, 1)
    (difference,) = report.last
    assert where in difference.where
    assert primary in difference.primary
    assert shadow in difference.shadow
    assert difference.file is not None
    steps = load_traffic(difference.file).steps
    assert steps
    assert len([record for record in caplog.records if "differs" in record.getMessage()]) == 1
    assert Other.asked == 1


async def test_a_kept_difference_shows_again_in_verify(tmp_path: Path) -> None:
    async with followed(tmp_path, ("hello {", "hallo {")) as server:
        await server.connect("a")
        await server.until("differences")
    (file,) = (tmp_path / "differences").iterdir()
    command = [sys.executable, "-m", "pkcompat", "verify", "chat.py", "shadow.py", "--quiet-time", "0.1"]
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, "--traffic", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "“hallo a”" in done.stdout


async def test_the_log_tells_both_sides_and_the_exception(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change = ('sender.send(f"{self.seen}: {message}")', "sender.send(self.gone)")
    async with followed(tmp_path, change) as server:
        a = await server.connect("a")
        a.send("hi")
        await server.until("differences")
    (text,) = [record.getMessage() for record in caplog.records if record.name == "pkcompat"]
    lines = text.splitlines()
    assert lines[:3] == [
        "the shadow of main/room differs: to the client with id a, after c1 sends “hi”",
        "  answered: “1: hi”",
        "  shadow:   nothing",
    ]
    assert lines[3].startswith("  kept in ")
    assert lines[-1] == "    AttributeError: 'Chat' object has no attribute 'gone'"


async def test_many_differences_are_counted_and_few_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with followed(tmp_path, ("hello {", "hallo {")) as server:
        for number in range(30):
            await server.connect("a", f"room{number}")
        await server.until("differences", 30)
    assert len(server.report.last) == 20
    assert len([record for record in caplog.records if "differs" in record.getMessage()]) == 5
    assert len(list((tmp_path / "differences").iterdir())) == 30


MISCHIEF = {
    "throws": "raise SystemError",
    "sleeps": "await asyncio.sleep(3600)",
    "blocks": "while True: pass",
    "sleeps_blocking": "time.sleep(0.05)",
    "floods": "[self.room.broadcast('x' * 1000) for _ in range(10**6)]",
    "floods_forever": "while True: sender.send('flood')",
    "closes_all": "[connection.close(4999) for connection in self.room.get_connections()]",
    "ends_its_process": "os._exit(3)",
    "grows": "self.hoard = [bytes(10**6) for _ in range(10**5)]",
    "recurses": "exec('def f(): f()' + chr(10) + 'f()')",
    "exits": "raise SystemExit(1)",
    "spawns": "[asyncio.create_task(asyncio.sleep(3600)) for _ in range(1000)]",
    "swallows": "exec('pass')\\n        while True:\\n            try: await asyncio.sleep(3600)\\n"
    "            except BaseException: pass",
}


@pytest.mark.parametrize("mischief", MISCHIEF)
async def test_a_room_keeps_its_own_pace_whatever_its_shadow_does(tmp_path: Path, mischief: str) -> None:
    """A thousand messages are answered, each within the turns of the event loop that it takes alone."""
    options = ShadowOptions(differences=None, patience=1.0, finish=0.3)
    change = ("self.seen += 1\n", f"self.seen += 1\n        {MISCHIEF[mischief]}\n".replace("\\n", "\n"))
    async with followed(tmp_path, change, options=options) as server:
        client = await server.connect("a")
        await client_turns(client, "warm up")
        turns = {await client_turns(client, f"m{number}") for number in range(1_000)}
        assert turns == {await turns_without_a_shadow(tmp_path)}
        assert client.received[-1] == "1001: m999"
        assert (await server.http("GET", "/party/elsewhere")).status_code == 200
        assert client.connection.ready_state == 1


async def turns_without_a_shadow(folder: Path) -> int:
    server = Server(load_party(str(folder / "chat.py"), ModuleLoader()).server_class)
    client = await server.connect("a")
    await client_turns(client, "warm up")
    return await client_turns(client, "hi")


async def client_turns(client: object, message: str) -> int:
    """How many turns of the event loop it takes until a message is answered."""
    before = len(client.wire.sent)  # type: ignore[attr-defined]
    client.send(message)  # type: ignore[attr-defined]
    for turn in range(1, 100):
        await asyncio.sleep(0)
        if len(client.wire.sent) > before:  # type: ignore[attr-defined]
            return turn
    raise AssertionError("it was not answered")


async def test_a_shadow_is_asked_about_no_more_than_it_can_take(tmp_path: Path) -> None:
    """A hundred megabytes are not kept for a shadow that does not take them."""
    endless = ("self.seen += 1\n", "self.seen += 1\n        while True: pass\n")
    options = ShadowOptions(differences=tmp_path / "differences", patience=2.0, finish=0.5)
    async with followed(tmp_path, endless, options=options) as server:
        client = await server.connect("a")
        for number in range(200):
            client.send(b"x" * 500_000)
            await received(client, 2 if number == 0 else 1)
        assert client.connection.ready_state == 1
        assert server.report.left == {"its shadow fell behind": 1}
        link = server.host._shadow._link  # type: ignore[union-attr]
        assert link is None or link.buffered < 9_000_000


async def test_a_process_that_stands_still_is_started_anew_and_rooms_are_followed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shadow_module, "STANDSTILL", 2.5)
    async with followed(tmp_path, ('"later":', '"later":\n            while True: pass')) as server:
        client = await server.connect("a")
        client.send("later")
        await server.until("restarts")
        assert server.report.left == {"the shadow's process was restarted": 1}
        await server.until_running()
        again = await server.connect("a", "again")
        again.send("hi")
        await server.until("compared", 3)
    assert server.report.rooms == 2
    assert "the shadow's process gave no sign of life for 2.5 s; the rooms go on without it" in caplog.text


async def test_a_shadow_begins_with_a_copy_and_never_touches_the_rooms_own_data(tmp_path: Path) -> None:
    storage = MemoryStorage()
    async with followed(tmp_path, storage=storage) as server:
        client = await server.connect("a")
        client.send("count")
        await received(client, 2)
    change = (
        'elif message == "all":',
        'elif message == "all":\n            await self.room.storage.delete_all()',
    )
    async with followed(tmp_path, change, storage=storage) as server:
        client = await server.connect("a")
        client.send("count")
        assert await received(client, 2) == ["hello a", "count 2, began 1"]
        client.send("all")
        client.send("count")
        assert await received(client, 1) == ["count 3, began 1"]
        await server.until("differences")
    (difference,) = server.report.last
    assert (difference.primary, difference.shadow) == ("“count 3, began 1”", "“count 1, began 1”")
    assert difference.file is not None
    assert "had 1 values stored" in load_traffic(difference.file).about


async def test_what_has_too_much_stored_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_module, "LARGEST_ROOM", 5)
    storage = MemoryStorage()
    async with followed(tmp_path, storage=storage) as server:
        client = await server.connect("a")
        client.send("count")
        await received(client, 2)
    async with followed(tmp_path, storage=storage) as server:
        await server.connect("a")
    assert server.report.rooms == 0
    assert server.report.left == {"it has too much stored": 1}


async def test_so_many_rooms_at_a_time(tmp_path: Path) -> None:
    async with followed(tmp_path, options=ShadowOptions(rooms=2, differences=None, finish=15.0)) as server:
        for room in "abc":
            await server.connect("a", room)
        assert (server.report.rooms, server.report.following) == (2, 2)
    assert server.report.left == {"enough rooms were followed": 1}


@pytest.mark.parametrize("hibernates", [True, False])
async def test_a_room_that_hibernates_loses_its_instance_in_both_forms(
    tmp_path: Path, hibernates: bool
) -> None:
    source = CHAT.replace("hibernate=False", "hibernate=True")
    change = ("hibernate=True", f"hibernate={hibernates}")
    async with followed(tmp_path, change, source=source, idle_timeout=0.1) as server:
        client = await server.connect("a")
        client.send("x")
        assert await received(client, 2) == ["hello a", "1: x"]
        room = server.room()
        async with asyncio.timeout(5):
            while room._instance.server is not None:  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)
        client.send("y")
        assert await received(client, 1) == ["1: y"]
        if not hibernates:
            await server.until("differences")
    report = server.report
    assert report.differences == (0 if hibernates else 1)
    if not hibernates:
        assert (report.last[0].primary, report.last[0].shadow) == ("“1: y”", "“2: y”")


async def test_a_room_that_goes_is_followed_again_from_its_next_start(tmp_path: Path) -> None:
    async with followed(tmp_path, eviction_timeout=0.05) as server:
        for number in (1, 2):
            client = await server.connect("a")
            client.close()
            async with asyncio.timeout(5):
                while server.report.following:  # noqa: ASYNC110 - it is told to nobody
                    await asyncio.sleep(0.01)
            assert server.report.rooms == number
    assert (server.report.differences, server.report.left) == (0, {})


async def test_what_legitimately_differs_is_ignored_by_name(tmp_path: Path) -> None:
    for ignore, differences in ((), 1), ((re.compile("[0-9a-f-]{36}"),), 0):
        options = ShadowOptions(ignore=ignore, differences=None, patience=1.0, finish=15.0)
        async with followed(tmp_path, options=options) as server:
            client = await server.connect("a")
            client.send("random")
            await received(client, 2)
        assert server.report.differences == differences


async def over_a_socket(server: Followed) -> None:
    a = await server.connect("a")
    a.send("socket")
    assert await received(a, 2) == ["hello a", "heard echo 'through'"]
    a.send("hang up")
    assert await received(a, 1) == ["over 4002"]


async def test_sockets_to_other_rooms_are_played_to_the_shadow(tmp_path: Path) -> None:
    async with followed(tmp_path) as server:
        await over_a_socket(server)
    assert Other.heard == ["open", "through", "close"]
    # open, hello, heard, over; the socket, what was sent, the close
    assert (server.report.differences, server.report.compared) == (0, 7)
    assert server.report.left == {}


@pytest.mark.parametrize(
    ("change", "where", "primary", "shadow"),
    [
        (('"through"', '"thru"'), "what is sent over a socket", "“through”", "“thru”"),
        (
            ("4002", "4004"),
            "what is sent over a socket",
            "closed with 4002 enough",
            "closed with 4004 enough",
        ),
        (("/s?_pk=me", "/t?_pk=me"), "a socket to another room, SOCKET", "", ""),
        (("heard {", "hurd {"), "to the client with id a", "“heard echo", "“hurd echo"),
    ],
)
async def test_what_differs_over_sockets(
    tmp_path: Path, change: tuple[str, str], where: str, primary: str, shadow: str
) -> None:
    async with followed(tmp_path, change) as server:
        await over_a_socket(server)
        await server.until("differences")
    (difference,) = server.report.last
    assert where in difference.where
    assert primary in difference.primary
    assert shadow in difference.shadow
    assert Other.heard == ["open", "through", "close"]


async def test_the_other_room_may_end_a_socket(tmp_path: Path) -> None:
    change = ('socket.send("through")', 'socket.send("end")')
    async with followed(tmp_path, source=CHAT.replace(*change)) as server:
        a = await server.connect("a")
        a.send("socket")
        assert await received(a, 3) == ["hello a", "heard echo 'end'", "over 4003"]
    assert (server.report.differences, server.report.compared) == (0, 6)


async def test_requests_reach_the_shadow_whole_and_the_handler_untouched(tmp_path: Path) -> None:
    async with followed(tmp_path) as server:
        body = bytes(range(256)) * 100

        async def parts() -> object:
            for at in range(0, len(body), 1_000):
                yield body[at : at + 1_000]

        answer = await server.http("PUT", "/party/room/y", content=parts())
        assert answer.content == b"/party/room/y " + body
        await server.http("GET", "/party/room")
    assert (server.report.compared, server.report.differences) == (2, 0)


async def test_a_body_that_is_too_long_is_handled_and_ends_the_shadow(tmp_path: Path) -> None:
    async with followed(tmp_path) as server:
        answer = await server.http("PUT", "/party/room", content=b"x" * 2_000_000)
        assert len(answer.content) > 2_000_000
    assert server.report.left == {"a request's body is too long": 1}


async def test_a_shadow_that_cannot_be_imported_leaves_the_host_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_the_kind\n")

    class Party(PartyServer):
        pass

    server = Followed(Party, shadow=Shadow({"main": str(tmp_path / "broken.py")}))
    async with lifespan(server.host):
        client = await server.connect("a")
        async with asyncio.timeout(20):
            while server.report.state != "cannot run":  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)
        assert client.connection.ready_state == 1
        await server.connect("b")
    assert "nothing_of_the_kind" in server.report.problem
    assert "there is no shadow: " in caplog.text


def test_the_command_is_told_before_it_serves(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise ValueError('at import')\n")
    with pytest.raises(ShadowError, match="raised at import: ValueError: at import") as caught:
        Shadow({"main": str(tmp_path / "broken.py")}).prepare()
    assert "broken.py" in caught.value.detail


@pytest.mark.parametrize(
    ("parties", "env", "problem"),
    [
        (["main"], {"LOCK": threading.Lock()}, r"env\['LOCK'\] cannot be given to another process"),
        (["none"], {}, "there is no party 'none' to follow; there are: main"),
    ],
)
async def test_what_the_host_does_not_have(
    tmp_path: Path, parties: list[str], env: dict[str, object], problem: str
) -> None:
    class Party(PartyServer):
        pass

    server = Followed(Party, shadow=Shadow(dict.fromkeys(parties, "nowhere.py")), env=env)
    async with lifespan(server.host):
        await server.connect("a")
    assert server.report.state == "cannot run"
    assert re.search(problem, server.report.problem)


def test_what_a_shadow_may_be() -> None:
    assert Shadow({"main": Other})._targets["main"].target == f"{Other.__module__}:Other"
    local = type("Local", (PartyServer,), {})
    with pytest.raises(TypeError, match=r"a process of its own, which cannot import .*give a target"):
        Shadow({"main": local})
    with pytest.raises(TypeError, match=r"shadow= takes a pkcompat.Shadow, got dict; for example"):
        Host({"main": Other}, shadow={"main": Other})  # type: ignore[arg-type]


def test_a_host_without_a_shadow_has_no_report() -> None:
    assert Host({"main": Other}).shadow_report is None


async def test_secrets_are_masked_in_what_is_kept(tmp_path: Path) -> None:
    async with followed(tmp_path, ('b" " + body', 'b"-" + body')) as server:
        await server.http("GET", "/party/room?token=s3cret", headers={"authorization": "Bearer s3cret"})
        await server.until("differences")
    (file,) = (tmp_path / "differences").iterdir()
    assert "s3cret" not in json.dumps(json.loads(file.read_text())["steps"])
