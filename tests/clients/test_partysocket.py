"""The npm package partysocket, of today and of PartyKit's time, against both forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.clients.conftest import PARTYSOCKETS
from tests.clients.processes import ServedProject, run_script


def connected(host: str, partysocket: str, **settings: Any) -> dict[str, Any]:
    """What server and client saw of one connection."""
    (event,) = run_script("handshakes.mjs", host=host, partysocket=partysocket, sockets=[settings])
    return event


def test_id_room_and_query_reach_the_server(host: str, partysocket: str) -> None:
    seen = connected(host, partysocket, room="lounge", id="ada", query={"lang": "sv se", "void": None})
    uri = f"http://{host}{PARTYSOCKETS[partysocket]}lounge?_pk=ada&lang=sv+se"
    assert seen["server"] == {
        "id": "ada",
        "uri": uri,
        "room": "lounge",
        "party": "main",
        "query": {"_pk": "ada", "lang": "sv se"},
    }
    assert seen["url"] == uri.replace("http:", "ws:")
    assert (seen["id"], seen["name"]) == ("ada", "main")


def test_without_an_id_both_sides_know_the_clients_own(host: str, partysocket: str) -> None:
    seen = connected(host, partysocket, room="lounge")
    assert seen["server"]["id"] == seen["id"]
    assert len(seen["id"]) == 36


def test_party_and_path(host: str, partysocket: str) -> None:
    seen = connected(host, partysocket, party="echo", room="r", id="ada", path="some/where")
    assert seen["server"]["uri"] == f"http://{host}/parties/echo/r/some/where?_pk=ada"
    assert (seen["server"]["room"], seen["server"]["party"]) == ("r", "echo")


def test_rooms_that_need_percent_encoding(host: str, partysocket: str) -> None:
    """The id stays encoded as it came, and a connection and a fetch with the same `room` meet."""
    encoded = {
        "Zürich west": "Z%C3%BCrich%20west",
        quote("a/b?c#d 100%", safe=""): "a%2Fb%3Fc%23d%20100%25",
        "snow☃/ignored": "snow%E2%98%83",
        "[x]|{y}'~": "[x]|%7By%7D'~",
    }
    sockets = [{"room": room} for room in encoded]
    connections = run_script("handshakes.mjs", host=host, partysocket=partysocket, sockets=sockets)
    requests = [{"settings": {"room": room}, "init": {}} for room in encoded]
    *answers, _ = run_script("fetches.mjs", host=host, partysocket=partysocket, requests=requests)
    assert [event["server"]["room"] for event in connections] == list(encoded.values())
    assert [event["server"]["room"] for event in answers] == list(encoded.values())


def test_moving_to_another_room(host: str, partysocket: str) -> None:
    assert run_script("moving.mjs", host=host, partysocket=partysocket) == [
        {"event": "moved", "told": "mover left", "room": "second", "id": "mover"}
    ]


@pytest.mark.parametrize("settings", [{"prefix": "live/parties", "room": "r"}, {"basePath": "live/party/r"}])
def test_a_host_that_is_mounted_in_an_application(
    embedded_host: ServedProject, settings: dict[str, str]
) -> None:
    seen = connected(embedded_host.host, "partysocket", id="ada", **settings)
    path = "/live/parties/main/r" if "prefix" in settings else "/live/party/r"
    assert seen["server"]["uri"] == f"http://{embedded_host.host}{path}?_pk=ada"
    assert (seen["server"]["room"], seen["server"]["party"]) == ("r", "main")


def test_messages_both_ways(host: str, partysocket: str) -> None:
    events = run_script("messages.mjs", host=host, partysocket=partysocket)
    assert [event["same"] for event in events[:-1]] == [True] * 7
    assert [event["length"] for event in events if event["event"] == "binary"] == [0, 4, 700_000, 7]
    assert events[-1] == {"event": "burst", "inOrder": True}


def test_a_message_that_is_too_long(host: str, partysocket: str) -> None:
    limit = 1_048_576
    assert run_script("limits.mjs", host=host, partysocket=partysocket, limit=limit) == [
        {"event": "longest", "length": len("echo ") + limit},
        {"event": "longer", "code": 1009},
        {"event": "back", "echo": "echo short"},
    ]


def test_the_servers_close_codes_and_reasons(host: str, partysocket: str) -> None:
    requests = ["close 1000 done", "close 4001 går inte", "close 3000 " + "r" * 123, "close"]
    *closes, last = run_script("closes.mjs", host=host, partysocket=partysocket, requests=requests)
    assert [(close["code"], close["reason"]) for close in closes] == [
        (1000, "done"),
        (4001, "går inte"),
        (3000, "r" * 123),
        (1005, "unknown reason"),  # partysocket's words for none
    ]
    assert {close["id"] for close in closes} == {"closed-often"}
    assert (last["code"], last["reason"]) == (4002, "enough")


def test_an_on_connect_that_fails(host: str, partysocket: str) -> None:
    closes = run_script("failing_connect.mjs", host=host, partysocket=partysocket)
    assert [(close["code"], close["reason"]) for close in closes] == [(1011, "Internal error")] * 3


def test_a_refused_handshake_is_tried_again_with_a_new_query(host: str, partysocket: str) -> None:
    refused, connected = run_script("refused.mjs", host=host, partysocket=partysocket)
    assert refused == {"event": "refused", "tokensLeft": 1}
    assert connected["server"]["query"]["token"] == "second"
    assert connected["retries"] == 1


def test_fetch(host: str, partysocket: str) -> None:
    requests = [
        {"settings": {"room": "r", "query": {"a": "1 2"}}, "init": {"headers": {"X-Client": "node"}}},
        {"settings": {"room": "r", "party": "echo", "path": "x/y"}, "init": {"method": "POST", "body": "hé"}},
    ]
    get, post, own = run_script("fetches.mjs", host=host, partysocket=partysocket, requests=requests)
    assert (get["status"], get["party"]) == (200, "echo")
    assert get["server"] == {
        "method": "GET",
        "path": f"{PARTYSOCKETS[partysocket]}r",
        "query": {"a": "1 2"},
        "header": "node",
        "body": "",
        "room": "r",
        "party": "main",
    }
    assert (post["status"], post["party"]) == (201, "echo")
    assert post["server"] == {
        "method": "POST",
        "path": "/parties/echo/r/x/y",
        "query": {},
        "header": None,
        "body": "hé".encode().hex(),
        "room": "r",
        "party": "echo",
    }
    assert own == {"event": "own fetch", "calls": 1, "text": "own"}


def test_a_hibernating_room_keeps_its_sockets(embedded_host: ServedProject, partysocket: str) -> None:
    (slept,) = run_script("hibernation.mjs", host=embedded_host.host, partysocket=partysocket, idle=50)
    assert slept == {
        "event": "slept",
        "everyMessageCounted": True,  # connection.state outlives the instance
        "echo": "echo after the sleep",
        "closed": False,
    }


def test_both_versions_meet_in_a_room(host: str) -> None:
    """`/party/<room>` and `/parties/main/<room>` are the same room."""
    events = run_script("meeting.mjs", host=host, partysockets=list(PARTYSOCKETS))
    assert events == [{"event": "met", "who": ["partysocket", "partysocket-0"]}]
