"""partysocket comes back: after the network, after the host, and under an id that is still taken."""

from __future__ import annotations

import pytest
from tests.clients.processes import NodeScript, ServedProject, run_script


def test_the_network_breaks_and_messages_wait(host: str, partysocket: str) -> None:
    down, buffered, back = run_script("cut_link.mjs", host=host, partysocket=partysocket)
    assert down == {"event": "down", "code": 1006, "told": "traveller left"}
    assert buffered["bytes"] == len("onetwothree") + 3
    assert back == {
        "event": "back",
        "sameId": True,
        "id": "traveller",
        "echoes": ["echo one", "echo two", "echo three", [3, 2, 1]],
        "bytes": 0,
    }


@pytest.mark.parametrize(("way", "code"), [("stop", 1012), ("kill", 1006)])
def test_the_host_restarts_on_its_port(
    own_host: ServedProject, partysocket: str, way: str, code: int
) -> None:
    with NodeScript("restart.mjs", host=own_host.host, partysocket=partysocket) as script:
        assert script.event("up")["id"] == "patient"
        script.go_on()
        getattr(own_host, way)()
        assert script.event("down")["code"] == code
        own_host.start()
        assert script.event("back") == {
            "event": "back",
            "id": "patient",
            "echo": "echo sent while the host was down",
        }
        script.events()


@pytest.mark.parametrize(
    ("party", "both", "after"),
    [
        ("main", ["watcher", "twin", "twin"], ["watcher", "twin"]),  # it hibernates: each socket counts
        ("listener", ["watcher", "twin"], ["watcher"]),  # by id: the end of either frees it, as recorded
    ],
)
def test_the_later_socket_of_an_id_takes_the_earlier_ones_place(
    host: str, partysocket: str, party: str, both: list[str], after: list[str]
) -> None:
    events = run_script("takeover.mjs", host=host, partysocket=partysocket, party=party)
    assert events == [
        {"event": "both there", "who": both},
        {"event": "told", "text": "are you the later one?"},
        {"event": "earlier one gone", "told": "twin left", "who": after},
        {"event": "later one", "echo": "echo still here"},
    ]
