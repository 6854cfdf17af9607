"""Reports a coroutine that was never awaited at the user's line, with the party and the handler.

Python warns when such a coroutine is freed, which is often only when its handler has ended: then it names a
line of ours. Here the line is looked up in the user's code: the one that runs at that moment, or the call
without an `await` in the handler that has just ended.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, CoroutineType, FrameType
from typing import Any

from partyserver.edge import Hooks
from partyserver.rooms import RoomInstance, RoomRunner
from partyserver.unawaited_calls import line_of_unawaited_call

_OWN_PACKAGES = ("partyserver", "pkcompat", "partykit")
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})

# The functions that run handlers, with the handlers' names; braces hold a local variable of the function.
_RUNS: dict[CodeType, str] = {
    function.__code__: handler
    for function, handler in (
        (RoomRunner.connect, "on_connect"),
        (RoomRunner.request, "on_request"),
        (RoomRunner.alarm, "on_alarm"),
        (RoomRunner._handle_now, "on_message"),
        (RoomRunner._finish, "on_message"),
        (RoomRunner._handle, "on_{event.type}"),
        (RoomInstance._start, "on_start"),
        (Hooks._call, "{name}"),
    )
}

# How users know the object that has a method, by its class.
_OWNERS = {"Storage": "storage", "Transaction": "transaction", "RoomStub": "stub", "LegacyStub": "stub"}


def report_forgotten_awaits() -> None:
    """Have Python's warnings of coroutines that were never awaited name the handler, where it is one's.

    This replaces `warnings._warn_unawaited_coroutine`, which the interpreter calls for each of them: there is
    no public hook. Where Python has no such function nothing is changed. May be called any number of times.
    """
    usual = getattr(warnings, "_warn_unawaited_coroutine", None)
    if usual is not None and not isinstance(usual, _Warning):
        warnings._warn_unawaited_coroutine = _Warning(usual)  # type: ignore[attr-defined]


class _Warning:
    """Is called by Python in place of `usual` for a coroutine that was never awaited."""

    def __init__(self, usual: Callable[[Any], None]) -> None:
        self._usual = usual
        self._registries: dict[str, dict[str | tuple[str, type[Warning], int], int]] = {}

    def __call__(self, coroutine: CoroutineType[Any, Any, Any]) -> None:
        try:
            found = _find(coroutine, sys._getframe(1))
        except Exception:  # whatever that is, the usual warning is still due
            found = None
        if found is None:
            self._usual(coroutine)
            return
        text, file, line = found
        registry = self._registries.setdefault(file, {})
        warnings.warn_explicit(text, RuntimeWarning, file, line, registry=registry, source=coroutine)


def _find(coroutine: CoroutineType[Any, Any, Any], frame: FrameType | None) -> tuple[str, str, int] | None:
    """The warning's text, its file and line; None if no handler made the coroutine."""
    running: FrameType | None = None
    called: list[CodeType] = []
    while frame is not None and frame.f_code not in _RUNS:
        if running is None and _is_users(frame.f_code):
            running = frame
        called += _called_by(frame)
        frame = frame.f_back
    if frame is None:
        return None
    runner = frame.f_locals["self"]
    handler = _RUNS[frame.f_code].format_map(frame.f_locals)
    methods = [getattr(getattr(runner.server_class, handler, None), "__code__", None)]
    code = running.f_code if running else _first_of_users([*called, *_called_by(frame), *methods])
    if code is None:
        return None
    kind, _, name = coroutine.__qualname__.rpartition(".")
    owner = _OWNERS.get(kind, "")
    line = line_of_unawaited_call(code, name, owner, running.f_lineno if running else None)
    shown = f"{owner}.{name}(...)" if owner else f"{name}(...)"
    text = f"party {runner.party_name}, {handler}: {shown} was never awaited; write: await {shown}"
    return text, code.co_filename, line


def _called_by(frame: FrameType) -> Iterator[CodeType]:
    """The code of what a frame of ours has called: a coroutine that has ended, or a handler of an object."""
    for name in ("result", "handler"):
        value = frame.f_locals.get(name)
        for attribute in ("cr_code", "__code__"):
            code = getattr(value, attribute, None)
            if isinstance(code, CodeType):
                yield code


def _first_of_users(codes: Iterable[CodeType | None]) -> CodeType | None:
    return next((code for code in codes if code is not None and _is_users(code)), None)


def _is_users(code: CodeType) -> bool:
    own = (sys.modules[name].__file__ for name in _OWN_PACKAGES if name in sys.modules)
    folders = tuple(os.path.dirname(file) + os.sep for file in own if file is not None)
    return not code.co_filename.startswith(("<", *_INSTALLED, *folders))
