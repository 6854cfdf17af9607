"""Reading handlers off dicts, namespaces, instances and modules."""

from __future__ import annotations

from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any

import pytest

from pkcompat.errors import LegacyPartyError
from pkcompat.legacy.reading import read_handlers


def handler(*args: Any) -> None: ...


class Handlers:
    """A handler class with other things in it."""

    greeting = "hello"

    def onMessage(self, message: Any) -> None: ...  # noqa: N802

    def on_close(self, connection: Any) -> None: ...

    def helper(self) -> None: ...


class MoreHandlers(Handlers):
    """Inherits."""

    on_close = None  # type: ignore[assignment]

    def on_alarm(self) -> None: ...


class Misspelt(Handlers):
    """Has a handler with a slip in its name, and misses the one that it was meant for."""

    onMessage = None  # type: ignore[assignment]  # noqa: N815

    def onMesage(self) -> None: ...  # noqa: N802


class TwoSpellings(Handlers):
    def on_message(self) -> None: ...


class Delegating:
    """Has what another object has."""

    def __init__(self) -> None:
        self.other = Handlers()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.other, name)


class Slotted:
    """Keeps a handler in a slot."""

    __slots__ = ("on_close", "on_request")

    def __init__(self) -> None:
        self.on_request = handler


def module(**names: Any) -> ModuleType:
    made = ModuleType("chat")
    vars(made).update(names)
    return made


@pytest.mark.parametrize(
    ("obj", "methods"),
    [
        ({"onConnect": handler, "on_message": handler, "onClose": None}, ["on_connect", "on_message"]),
        (SimpleNamespace(onRequest=handler, one=1, on_join=handler), ["on_request"]),
        (Handlers(), ["on_message", "on_close"]),
        (MoreHandlers(), ["on_message", "on_alarm"]),
        (module(on_connect=handler, other=1, online=handler), ["on_connect"]),
        ({"unstable_onFetch": handler}, ["on_fetch"]),
        ({"unstable_on_fetch": handler, "onAlarm": handler}, ["on_alarm", "on_fetch"]),
        (MappingProxyType({"onClose": handler}), ["on_close"]),
        (Delegating(), ["on_message", "on_close"]),
        (Slotted(), ["on_request"]),
        # names of their own: the handler that they resemble is there, or they are no functions
        (SimpleNamespace(on_error=handler, on_errors=handler), ["on_error"]),
        (SimpleNamespace(on_error=handler, on_messages=[], onAlarms=None), ["on_error"]),
        (module(on_close=handler, OnMessages=Handlers), ["on_close"]),
        (module(on_close=handler, _on_mesage=handler, on_lose=handler, only=handler), ["on_close"]),
    ],
)
def test_every_form(obj: object, methods: list[str]) -> None:
    assert list(read_handlers(obj)) == methods


def test_on_fetch_wins_over_its_unstable_twin() -> None:
    assert read_handlers({"unstable_onFetch": print, "onFetch": handler})["on_fetch"].function is handler


def test_methods_are_bound_and_functions_are_taken_as_they_are() -> None:
    handlers = Handlers()
    assert read_handlers(handlers)["on_message"].function == handlers.onMessage
    found = read_handlers({"onMessage": handler})["on_message"]
    assert (found.name, found.function) == ("onMessage", handler)


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        ({}, "the dict holds no handler"),
        ({"onMessage": None}, "the dict holds no handler"),
        (SimpleNamespace(a=1), "the SimpleNamespace object holds no handler"),
        (module(), "module 'chat' holds no handler"),
        (7, "the int object holds no handler"),
        (Handlers, r"Handlers is a class, but not a PartyServer; give an instance of it, Handlers\(\)"),
        ({"onConect": handler}, "'onConect' is no handler; did you mean 'onConnect'"),
        ({"greet": handler}, "'greet' is no handler; handlers are onConnect, onMessage"),
        ({5: handler}, "5 is no handler"),
        (SimpleNamespace(on_message=handler, on_conect=handler), "'on_conect' is no handler; .*'on_connect'"),
        (Misspelt(), "'onMesage' is no handler; did you mean 'onMessage'"),
        (module(on_conect=handler), "'on_conect' is no handler; did you mean 'on_connect'"),
        (SimpleNamespace(unstable_onFech=handler), "did you mean 'unstable_onFetch'"),
        ({"onConnect": handler, "on_connect": handler}, "onConnect and on_connect are two spellings"),
        (TwoSpellings(), "onMessage and on_message are two spellings"),
        ({"onConnect": 5}, "onConnect must be a function, got int: 5"),
        (module(on_message="hello"), "on_message must be a function, got str"),
    ],
)
def test_what_is_no_object_of_handlers(obj: object, words: str) -> None:
    with pytest.raises(LegacyPartyError, match=words) as caught:
        read_handlers(obj)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("name", ["getConnectionTags", "get_connection_tags"])
def test_tags_belong_to_the_class_form(name: str) -> None:
    for obj in ({"onConnect": handler, name: handler}, SimpleNamespace(onConnect=handler, **{name: handler})):
        with pytest.raises(
            LegacyPartyError, match=f"'{name}' belongs to the class form: an object has no tags"
        ):
            read_handlers(obj)
