"""What a stack says: which handler it runs, and where the user's code is."""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

from partyserver.handler_frames import Handler, Place, handler_of, place_in, runs_handler, stack_of


def here(*_: Any) -> list[FrameType]:
    return stack_of(sys._getframe(1))


@runs_handler(lambda local: Handler("on_message", local["party"], local["room"]))
def in_a_room(party: str, room: str | None, call: Any) -> Any:
    return call()


@runs_handler(lambda local: Handler("a message listener"))
def in_a_listener(call: Any) -> Any:
    return call()


def test_the_innermost_handler_counts() -> None:
    assert handler_of(here()) is None
    assert str(handler_of(in_a_room("main", "a", here))) == "on_message of main/a"
    stub = in_a_room("main", "a", lambda: in_a_room("other", "b", here))
    assert str(handler_of(stub)) == "on_message of other/b"
    assert str(handler_of(in_a_room("main", None, here))) == "on_message of main"


def test_a_listener_is_of_the_room_around_it() -> None:
    listening = in_a_room("main", "a", lambda: in_a_listener(here))
    assert str(handler_of(listening)) == "a message listener of main/a"
    assert str(handler_of(in_a_listener(here))) == "a message listener"


def test_the_place_is_where_the_users_code_calls_libraries() -> None:
    places: list[Place | None] = []

    def note(text: str) -> int:
        places.append(place_in(here()[1:]))
        return int(text)

    line = sys._getframe().f_lineno + 1
    json.loads("[1]", parse_int=note)
    name = "test_the_place_is_where_the_users_code_calls_libraries"
    assert places == [Place(__file__, line, name)]


def test_an_installed_package_has_a_place_where_nothing_else_has() -> None:
    source = "def run(call): return call()"
    scope: dict[str, Any] = {"__name__": "installed"}
    exec(compile(source, "/somewhere/site-packages/installed.py", "exec"), scope)
    frame, *_ = [frame for frame in scope["run"](here) if "packages" in frame.f_code.co_filename]
    assert place_in([frame]) == Place("/somewhere/site-packages/installed.py", 1, "run")
    assert place_in([frame], installed=False) is None
    assert place_in([]) is None
