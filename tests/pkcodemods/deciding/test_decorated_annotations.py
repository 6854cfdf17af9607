"""The annotations of a method that calls a decorated function."""

from __future__ import annotations

import itertools
import textwrap

import pytest
from tests.differential.both_forms import party_of, transcript_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic.steps import Close, Connect, Send, Traffic

TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Connect("b", "/party/room?_pk=b"),
        Send("a", "one"),
        Send("b", '{"n": 1}'),
        Close("a", 1_000),
    ),
)
HEADER = """
import functools
import json
from partykit.server import PartyKitConnection, PartyKitRoom


def passing(function):
    @functools.wraps(function)
    {async_}def wrapper(*args, **kwargs):
        print("called")
        return {await_}function(*args, **kwargs)

    return wrapper


def saying(function):
    @functools.wraps(function)
    {async_}def inner(message: str, connection: PartyKitConnection, room: PartyKitRoom) -> None:
        {await_}function(message.upper(), connection, room)

    return inner


def silent(function):
    @functools.wraps(function)
    {async_}def inner(message, connection, room):
        return {await_}function(message.title(), connection, room)

    return inner


def hiding(function):
    {async_}def inner(message, connection, room):
        return {await_}function(message, connection, room)

    return inner


def handing_on(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


"""
HANDLER = """
{async_}def on_message(data: str | bytes, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    connection.send(data)
    room.broadcast(str(len(room.connections)))


default = {{"onMessage": on_message}}
"""


def source(decorators: tuple[str, ...], *, is_async: bool) -> str:
    words = {"async_": "async ", "await_": "await "} if is_async else {"async_": "", "await_": ""}
    lines = "".join(f"@{name}\n" for name in decorators)
    return HEADER.format(**words).lstrip() + lines + HANDLER.format(**words).lstrip()


def method(code: str) -> str:
    """The first line of the method."""
    return next(
        line.strip()
        for line in code.splitlines()
        if line.lstrip().startswith(("def on_message(self", "async def on_message(self"))
    )


@pytest.mark.parametrize(
    ("decorators", "signature"),
    [
        (("passing",), "(self, data: str | bytes, connection: Connection) -> None:"),
        (("saying",), "(self, message: str, connection: Connection) -> None:"),
        (("passing", "saying"), "(self, message: str, connection: Connection) -> None:"),
        (("passing", "passing", "saying"), "(self, message: str, connection: Connection) -> None:"),
        (("saying", "passing"), "(self, message: str, connection: Connection) -> None:"),
        (("silent",), "(self, message, connection: Connection) -> None:"),
        (("passing", "silent"), "(self, message, connection: Connection) -> None:"),
        (("hiding",), "(self, message, connection):"),
    ],
    ids=" over ".join,
)
def test_the_decorated_functions_but_where_the_decorator_says_otherwise(
    decorators: tuple[str, ...], signature: str
) -> None:
    assert method(migrated(source(decorators, is_async=False)).code) == f"def on_message{signature}"
    assert method(migrated(source(decorators, is_async=True)).code) == f"async def on_message{signature}"


def test_a_coroutine_that_is_handed_on_is_an_object() -> None:
    code = migrated(source(("handing_on",), is_async=True)).code
    assert method(code) == "def on_message(self, data: str | bytes, connection: Connection) -> object:"


NAMES = ("passing", "saying", "silent", "hiding", "handing_on")
STACKS = [*((name,) for name in NAMES), *itertools.permutations(NAMES, 2), ("passing",) * 2]


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize("decorators", STACKS, ids=" over ".join)
def test_both_forms_behave_the_same(decorators: tuple[str, ...], is_async: bool) -> None:
    before = source(decorators, is_async=is_async)
    result = migrated(before)
    assert result.outcome in ("rewritten", "residue")
    old, new = (transcript_of(party_of(code, "default"), TRAFFIC) for code in (before, result.code))
    assert new == old


def test_names_of_the_module_and_its_types() -> None:
    result = migrated(
        textwrap.dedent(
            """
            from __future__ import annotations

            import functools
            from typing import TYPE_CHECKING

            from partykit.server import PartyKitConnection

            if TYPE_CHECKING:
                from collections.abc import Sized


            class Note(str): ...


            def checked(function):
                @functools.wraps(function)
                def inner(message, connection, room):
                    function(message, connection, room)

                return inner


            @checked
            def on_message(message: Note | Sized, connection: "PartyKitConnection", room) -> None:
                connection.send(message)


            default = {"onMessage": on_message}
            """
        ).lstrip()
    )
    assert (
        method(result.code)
        == 'def on_message(self, message: Note | Sized, connection: "Connection") -> None:'
    )
