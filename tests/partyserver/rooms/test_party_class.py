"""Checks of a party class: misspelt handlers, hooks, options."""

from __future__ import annotations

import functools
import inspect
from itertools import product
from typing import Any

import pytest

from partyserver import Host, PartyClassError, PartyServer, ServerOptions
from partyserver.rooms import party_class
from partyserver.rooms.party_class import check_party_class


def party(**namespace: Any) -> type[PartyServer]:
    return type("Chat", (PartyServer,), namespace)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("on_conect", "on_connect"),
        ("onMessage", "on_message"),
        ("on_messages", "on_message"),
        ("OnClose", "on_close"),
        ("onstart", "on_start"),
        ("getConnectionTags", "get_connection_tags"),
        ("get_connection_tag", "get_connection_tags"),
        ("on_before_conect", "on_before_connect"),
    ],
)
def test_a_method_named_nearly_as_a_handler(name: str, meant: str) -> None:
    with pytest.raises(PartyClassError, match=rf"^Chat.{name} is no handler .* did you mean {meant}\?"):
        Host({"main": party(**{name: lambda self, *arguments: None})})


def test_in_a_base_it_is_that_ones() -> None:
    class Mixin:
        def on_conect(self) -> None: ...

    with pytest.raises(PartyClassError, match=r"Mixin\.on_conect is no handler"):
        check_party_class(type("Chat", (Mixin, PartyServer), {}))


def test_a_name_of_its_own() -> None:
    def on_conect(self: object) -> None: ...

    options = ServerOptions(own_names=("on_conect",))
    check_party_class(party(on_conect=on_conect, options=options))
    check_party_class(party(on_join=on_conect, online=on_conect, get_connections=on_conect, on_mesage=3))


def test_names_of_ones_own_are_several() -> None:
    with pytest.raises(TypeError, match=r"own_names=\('on_conect',\)"):
        ServerOptions(own_names="on_conect")


def plain(self: object, message: str, sender: object) -> None: ...


@pytest.mark.parametrize(
    "handler",
    [
        plain,
        lambda *arguments: None,
        lambda self, message, sender, more=1, *, loud=False: None,
        staticmethod(lambda message, sender: None),
        classmethod(lambda cls, message, sender: None),
        functools.wraps(plain)(lambda *arguments, **options: None),
        functools.partialmethod(lambda self, more, message, sender: None, 1),
        print,
    ],
)
def test_what_can_be_called(handler: object) -> None:
    check_party_class(party(on_message=handler))


@pytest.mark.parametrize(
    "handler",
    [
        lambda self: None,
        lambda self, message, sender, room: None,
        lambda self, message, *, sender: None,
        lambda message, sender: None,
        staticmethod(lambda self, message, sender: None),
        functools.wraps(plain)(lambda self, message: None),
    ],
)
def test_what_cannot(handler: object) -> None:
    with pytest.raises(
        PartyClassError, match=r"Chat.on_message\(.*\) cannot be called .*; write def on_message"
    ):
        check_party_class(party(on_message=handler))


@pytest.mark.parametrize("handler", [None, 3, "on_message"])
def test_what_is_no_method(handler: object) -> None:
    with pytest.raises(PartyClassError, match=r"Chat\.on_message must be a method"):
        check_party_class(party(on_message=handler))


def test_a_hook_without_staticmethod() -> None:
    message = r"write @staticmethod, def on_fetch\(request, lobby, ctx\): it runs where there is no room"
    with pytest.raises(PartyClassError, match=message):
        check_party_class(party(on_fetch=lambda self, request, lobby, ctx: None))
    check_party_class(party(on_fetch=lambda request, lobby, ctx: None))  # it is called on the class


SIGNATURES = [
    ", ".join(part for part in parts if part)
    for parts in product(
        ("", "a", "a, b", "a, /, b"), ("", "c=1", "c=1, d=2"), ("", "*rest", "*, e", "*, e=1"), ("", "**more")
    )
]


@pytest.mark.parametrize("parameters", SIGNATURES)
def test_what_a_functions_code_says_of_its_parameters_its_signature_says_too(parameters: str) -> None:
    function = eval(f"lambda {parameters}: None")
    for count in range(6):
        try:
            inspect.signature(function).bind(*range(count))
            can_be_called = True
        except TypeError:
            can_be_called = False
        plainly = party_class._plainly_takes(function, count)
        assert plainly is can_be_called or (not plainly and "*rest" in parameters)
