"""How many arguments a handler is called with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from pkcompat.errors import LegacyPartyError
from pkcompat.legacy.arity import arguments_taken

OFFERED = ("connection", "room", "ctx")


class Callables:
    """Things that can be called."""

    def method(self, a: Any, b: Any) -> None: ...

    @classmethod
    def of_class(cls, a: Any) -> None: ...

    @staticmethod
    def of_nobody(a: Any, b: Any, c: Any) -> None: ...

    def __call__(self, a: Any) -> None: ...


def plain(a: Any, b: Any = None, /, *, keyword: Any = None) -> None: ...


@functools.wraps(plain)
def wrapped(*args: Any, **kwargs: Any) -> None: ...


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any: ...

    return wrapper


def of_two(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(connection: Any, room: Any) -> Any: ...

    return wrapper


class Decorated:
    """Methods behind decorators, and a decorator that is an object."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any) -> None: ...

    @passing_on
    def method(self, a: Any, b: Any) -> None: ...

    @functools.lru_cache  # noqa: B019
    def cached(self, a: Any) -> None: ...

    @functools.singledispatchmethod
    def dispatched(self, a: Any, b: Any) -> None: ...

    partial = functools.partialmethod(method, 1)


class CalledThroughDecorator:
    """An object whose call is behind a decorator."""

    @passing_on
    def __call__(self, a: Any) -> None: ...


class Made:
    """A class that is a handler itself."""

    def __init__(self, a: Any, b: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "taken"),
    [
        (lambda: None, 0),
        (lambda a: None, 1),
        (lambda a, b, c: None, 3),
        (lambda a, b, c, d=1: None, 3),
        (lambda *args: None, 3),
        (lambda a, *rest: None, 3),
        (lambda a, **keywords: None, 1),
        (plain, 2),
        (wrapped, 2),
        (functools.partial(plain, 1), 1),
        (functools.partial(lambda a, b, c: None, c=3), 2),
        (Callables().method, 2),
        (Callables.of_class, 1),
        (Callables.of_nobody, 3),
        (Callables(), 1),
        (print, 3),
        (dict.get, 3),
        (max, 3),
        (Made, 2),
        (staticmethod(lambda a: None), 1),
        (passing_on(lambda a, b: None), 2),
        (passing_on(passing_on(lambda: None)), 0),
        (passing_on(lambda *args: None), 3),
        (passing_on(max), 3),
        # a wrapper with parameters of its own says what it takes, whatever it wraps
        (of_two(lambda a, b, c, d, e: None), 2),
        (passing_on(of_two(lambda a: None)), 2),
        # a wrapper may add arguments, so that what it wraps proves nothing
        (passing_on(lambda database, connection, room, ctx: None), 3),
        (passing_on(lambda connection, *, database: None), 1),
        (Decorated(lambda a, b: None), 2),
        (CalledThroughDecorator(), 1),
        (Decorated(lambda: None).method, 2),
        (Decorated(lambda: None).cached, 1),
        (Decorated(lambda: None).partial, 1),
        (Decorated(lambda: None).dispatched, 2),
        (functools.singledispatch(lambda a, b: None), 2),
        (functools.partial(passing_on(lambda a, b, c: None), 1), 2),
        (functools.partial(functools.partial(lambda a, b: None), b=2), 1),
        (functools.partial(lambda: None, 1, 2), 3),  # cannot be called; calling it says so
    ],
)
def test_arguments_taken(handler: Callable[..., Any], taken: int) -> None:
    assert arguments_taken(handler, OFFERED, "onConnect") == taken


def test_a_handler_that_requires_more_than_it_is_offered() -> None:
    with pytest.raises(LegacyPartyError, match=r"onAlarm requires .*'b', 'c': it is offered \(room\)"):
        arguments_taken(lambda a, b, c: None, ("room",), "onAlarm")


def test_a_handler_that_requires_a_keyword() -> None:
    with pytest.raises(LegacyPartyError, match="requires the keyword argument 'k'"):
        arguments_taken(lambda a, *, k: None, OFFERED, "onConnect")
