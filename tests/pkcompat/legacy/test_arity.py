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
