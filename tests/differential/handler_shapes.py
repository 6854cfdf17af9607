"""The shapes that a handler comes in: a function, a lambda, a partial, a method of another object, ..."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Handler:
    """One handler.

    Attributes:
        kind: its method in the class form.
        function: the name that the module has for it.
        parameters: its parameters, as source.
        body: its lines.
        is_async: whether it is an `async def`.
        room: what it calls the room; None if it leaves it out.
    """

    kind: str
    function: str
    parameters: tuple[str, ...]
    body: str
    is_async: bool
    room: str | None

    @property
    def names(self) -> list[str]:
        """The names of what it is offered."""
        return [p.partition(":")[0].strip() for p in self.parameters if p[:1] != "*" and "=" not in p]

    def definition(self, name: str | None = None, *leading: str, body: str | None = None) -> str:
        """The `def` statement.

        Args:
            name: another name.
            leading: parameters in front.
            body: another body.
        """
        prefix = "async def" if self.is_async else "def"
        parameters = ", ".join([*leading, *self.parameters])
        lines = textwrap.indent(self.body if body is None else body, "    ")
        return f"{prefix} {name or self.function}({parameters}):\n{lines}\n"


Shaped = tuple[str, str]
"""The definitions, and the expression that stands in the object."""


def _function(handler: Handler) -> Shaped:
    return handler.definition(), handler.function


def _lambda(handler: Handler) -> Shaped:
    """Only the simplest handler is a lambda: one that says who is there."""
    names = handler.names
    if handler.kind == "on_request" or handler.room is None:
        return _function(handler)
    index = 1 if handler.kind == "on_message" else 0
    body = f"{names[index]}.socket.send('lambda of ' + str(sorted({handler.room}.connections)))"
    return "", f"lambda {', '.join(names)}: {body}"


def _partial(handler: Handler) -> Shaped:
    return handler.definition(None, "word"), f"functools.partial({handler.function}, 'word')"


def _partial_keyword(handler: Handler) -> Shaped:
    keyword = Handler(
        handler.kind,
        handler.function,
        (*(p for p in handler.parameters if p[:1] != "*" and "=" not in p), "*", "word='none'"),
        handler.body,
        handler.is_async,
        handler.room,
    )
    return keyword.definition(), f"functools.partial({handler.function}, word='given')"


def _traced(handler: Handler) -> Shaped:
    wrapper = f"traced_{handler.function}"
    call = f"{'await ' if handler.is_async else ''}function(*args, **kwargs)"
    deco = (
        f"def {wrapper}(function):\n    @functools.wraps(function)\n"
        f"    {'async def' if handler.is_async else 'def'} inner(*args, **kwargs):\n"
        f"        return {call}\n\n    return inner\n\n\n"
    )
    return f"{deco}@{wrapper}\n{handler.definition()}", handler.function


def _guarded(handler: Handler) -> Shaped:
    """A wrapper that is no coroutine function around one that may be."""
    wrapper = f"guarded_{handler.function}"
    deco = (
        f"def {wrapper}(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        return function(*args)\n\n    return inner\n\n\n"
    )
    return f"{deco}@{wrapper}\n{handler.definition()}", handler.function


def _registered(handler: Handler) -> Shaped:
    registry = f"REGISTERED_{handler.function}"
    deco = f"{registry} = []\n\n\ndef add_to_{handler.function}(function):\n    {registry}.append(function)\n"
    return (
        f"{deco}    return function\n\n\n@add_to_{handler.function}\n{handler.definition()}",
        handler.function,
    )


def _method(handler: Handler) -> Shaped:
    owner = f"owner_{handler.function}"
    body = f"self.calls += 1\n{handler.body}"
    if handler.body.startswith("global "):
        first, _, rest = handler.body.partition("\n")
        body = f"{first}\nself.calls += 1\n{rest}"
    method = textwrap.indent(handler.definition(None, "self", body=body), "    ")
    cls = f"class Owner_{handler.function}:\n    calls = 0\n\n{method}"
    return f"{cls}\n\n{owner} = Owner_{handler.function}()\n", f"{owner}.{handler.function}"


def _static_method(handler: Handler) -> Shaped:
    method = textwrap.indent("@staticmethod\n" + handler.definition(), "    ")
    return f"class Owner_{handler.function}:\n{method}", f"Owner_{handler.function}.{handler.function}"


def _star(handler: Handler) -> Shaped:
    names = handler.names
    if not names:
        return _function(handler)
    unpacked = f"{', '.join([*names, '*more'])} = args"
    lines = handler.body.split("\n")
    index = 1 if lines[0].startswith("global ") else 0
    body = "\n".join([*lines[:index], unpacked, *lines[index:]])
    star = Handler(handler.kind, handler.function, ("*args",), body, handler.is_async, handler.room)
    return star.definition(), handler.function


def _conditional(handler: Handler) -> Shaped:
    other = handler.definition(body="raise RuntimeError('never')")
    return (
        f"if hits < 100:\n\n{textwrap.indent(handler.definition(), '    ')}\nelse:\n\n"
        f"{textwrap.indent(other, '    ')}",
        handler.function,
    )


def _renamed(handler: Handler) -> Shaped:
    return f"{handler.definition()}\n\nalias_{handler.function} = {handler.function}\n", (
        f"alias_{handler.function}"
    )


def _made(handler: Handler) -> Shaped:
    inner = textwrap.indent(handler.definition(), "    ")
    return (
        f"def make_{handler.function}(word):\n{inner}\n    return {handler.function}\n",
        f"make_{handler.function}('made')",
    )


def _also_called(handler: Handler) -> Shaped:
    names = handler.names
    return (
        f"{handler.definition()}\n\ndef also_{handler.function}({', '.join(names)}):\n"
        f"    return {handler.function}({', '.join(names)})\n",
        handler.function,
    )


def _callable(handler: Handler) -> Shaped:
    method = textwrap.indent(handler.definition("__call__", "self"), "    ")
    return f"class Callable_{handler.function}:\n{method}", f"Callable_{handler.function}()"


def _chosen(handler: Handler) -> Shaped:
    other = handler.definition(f"other_{handler.function}", body="raise RuntimeError('never')")
    return (
        f"{handler.definition()}\n\n{other}",
        f"{handler.function} if hits < 100 else other_{handler.function}",
    )


SHAPES: dict[str, Callable[[Handler], Shaped]] = {
    "function": _function,
    "lambda": _lambda,
    "partial": _partial,
    "partial with a keyword": _partial_keyword,
    "traced": _traced,
    "guarded": _guarded,
    "registered": _registered,
    "method": _method,
    "static method": _static_method,
    "star": _star,
    "conditional": _conditional,
    "renamed": _renamed,
    "made": _made,
    "also called": _also_called,
    "callable": _callable,
    "chosen": _chosen,
}
