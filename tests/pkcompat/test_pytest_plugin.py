"""The pytest plugin: what it costs, `--pkcompat-seed`, and parties served for sync and async tests."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pkcompat.pytest_plugin import parsed_seed

pytest_plugins = ("pytester",)

STRICT = """\
[pytest]
addopts = --strict-markers --strict-config -p no:cacheprovider -p no:xdist
filterwarnings = error
anyio_mode = auto
"""
CHAT = """\
def on_connect(connection, room):
    connection.send(f"{room.id} {len(room.getConnections())}")

def on_request(request, room):
    from starlette.responses import PlainTextResponse
    return PlainTextResponse(f"{room.id} {room.env.get('KEY')}")

default = {"onConnect": on_connect, "onRequest": on_request}
"""
TESTS = """\
import contextlib
from types import SimpleNamespace

import chat
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.sync.client import connect as connect_sync

from partyserver import PartyServer, Response


class Chat(PartyServer):
    async def on_connect(self, connection, ctx):
        others = self.room.context.parties["other"] if "other" in self.room.context.parties else None
        answer = await (await others.get("x").fetch()).text() if others else ""
        connection.send(f"{self.room.id} {answer}")

    def on_request(self, request):
        return Response("the class")


@pytest.mark.parametrize("party", [chat, chat.default, SimpleNamespace(**chat.default), "chat.py"])
def test_sync(party, serve_party):
    served = serve_party(party, env={"KEY": "7"})
    with connect_sync(served.ws("caf\\u00e9")) as client:
        assert client.recv() == "caf%C3%A9 1"
    assert httpx.get(served.http("a")).text == "a 7"
    assert httpx.get(served.http()).status_code == 404


async def test_async(serve_party):
    served = serve_party(Chat, name="chat")
    other = serve_party(Chat, name="chat")
    assert served.port != other.port
    assert served.http("a").endswith(f":{served.port}/parties/chat/a")
    async with connect(served.ws("a")) as client:  # which is open when the test ends
        assert await client.recv() == "a "
    async with httpx.AsyncClient() as client:
        assert (await client.get(other.http("a"))).text == "the class"


def test_what_is_no_party(serve_party):
    for wrong, message in ((7, "int"), (int, "is the class int, which is not a PartyServer")):
        with pytest.raises(Exception, match=message) as error:
            serve_party(wrong)
        assert type(error.value).__name__ == "TargetError"
    with pytest.raises(TypeError, match="no_such_argument"):
        serve_party(Chat, no_such_argument=1)
"""
SEEDS = """\
import pytest
from pkcompat.testing import BehaviourDiffersError, assert_same_behaviour

def shout(message, connection, room):
    if message == "shout":
        connection.send("SHOUT")

def whisper(message, connection, room):
    if message == "shout":
        connection.send("shout")

@pytest.mark.parametrize("seed", [None, 3])
def test_seed(seed, pytestconfig):
    with pytest.raises(BehaviourDiffersError) as error:
        assert_same_behaviour({"onMessage": shout}, {"onMessage": whisper}, budget=20, seed=seed)
    chosen = seed or pytestconfig.getoption("pkcompat_seed", None) or 0
    assert f"(seed {chosen})" in str(error.value)
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".ini", pytest=STRICT)
    pytester.makepyfile(chat=CHAT, test_chat=TESTS, test_seed=SEEDS)
    return pytester


def test_parties_of_every_form_are_served_in_sync_and_async_tests(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess("--pkcompat-seed=random")
    done.assert_outcomes(passed=8)
    done.stdout.re_match_lines([r"pkcompat: --pkcompat-seed=\d+$"])


def test_pytest_runs_without_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(serve_party): pass\ndef test_another(): pass")
    done = pytester.runpytest_inprocess("-p", "no:pkcompat", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*fixture 'serve_party' not found"])


def test_a_seed_is_a_number_or_a_new_one_each_time() -> None:
    assert parsed_seed("12") == 12
    assert parsed_seed("random") != parsed_seed("random")
    with pytest.raises(ValueError, match="invalid literal"):
        parsed_seed("x")


def test_loading_it_imports_nothing_but_itself() -> None:
    program = (
        "import sys, json, contextlib, pytest\nbefore = set(sys.modules)\nimport pkcompat.pytest_plugin\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["pkcompat", "pkcompat.pytest_plugin", "pkcompat.traffic_seed"]


def test_a_party_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import httpx

    from partyserver import PartyServer, Request, Response
    from pkcompat import served_parties

    entered, leave = threading.Event(), threading.Event()

    class Stuck(PartyServer):
        def on_request(self, request: Request) -> Response:
            entered.set()
            leave.wait(60)
            return Response("")

    monkeypatch.setattr(served_parties, "_LONGEST_END", 0.05)
    parties = served_parties.ServedParties()
    served = parties.serve(Stuck)
    asking = threading.Thread(target=lambda: httpx.get(served.http("a"), timeout=60))
    asking.start()
    entered.wait(60)
    with pytest.raises(served_parties.ServedPartyError, match="a handler blocks its thread"), parties:
        pass
    leave.set()
    asking.join(60)
    for thread in threading.enumerate():
        if thread.name == "pkcompat-serve-party":
            thread.join(60)
