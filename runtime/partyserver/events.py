"""The `message`, `close` and `error` events of sockets, and their listeners."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from partyserver.background import Watch
from partyserver.handler_calls import contained, signature_of
from partyserver.handler_frames import Handler, handler_of, runs_handler, stack_of

Listener = Callable[..., Any]

logger = logging.getLogger("partyserver")

EVENT_TYPES = ("message", "close", "error", "open")


@dataclass(frozen=True, slots=True, init=False)
class MessageEvent:
    """A message came.

    Attributes:
        data: the message, `str` for a text and `bytes` for a binary one.
    """

    type: ClassVar[str] = "message"
    data: str | bytes

    def __init__(self, data: str | bytes) -> None:
        _set_data(self, data)


# Every message makes an event. What `dataclass` generates for a frozen class takes half as long again, as it
# looks the attribute up by name.
_set_data: Callable[[MessageEvent, str | bytes], None] = vars(MessageEvent)["data"].__set__


@dataclass(frozen=True, slots=True)
class CloseEvent:
    """A socket ended.

    Attributes:
        code: the close code; 1005 where the peer sent none, 1006 where the TCP connection died
            (RFC 6455, section 7.4.1).
        reason: the reason that the peer gave, or an empty string.
        was_clean: whether the closing handshake was completed.
    """

    type: ClassVar[str] = "close"
    code: int
    reason: str = ""
    was_clean: bool = True


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """The peer broke the protocol.

    Attributes:
        error: what was wrong.
    """

    type: ClassVar[str] = "error"
    error: Exception

    @property
    def message(self) -> str:
        """The error's text."""
        return str(self.error)


Event = MessageEvent | CloseEvent | ErrorEvent


class Listeners:
    """The listeners of one socket, in the order in which they were added.

    As in the DOM a callback that is added twice for one type is called once.

    Attributes:
        by_type: callbacks, each with what is called in its place; a type without any is left out.
    """

    __slots__ = ("by_type",)

    def __init__(self) -> None:
        self.by_type: dict[str, list[tuple[Listener, Listener]]] = {}

    def add(self, event_type: str, callback: Listener) -> None:
        """Have `callback` called with every event of the type.

        Args:
            event_type: `message`, `close` or `error` (`open` is accepted and never fires).
            callback: called with the event, or with nothing if it takes no positional argument;
                what it returns is awaited if it is awaitable.

        A listener for any other type is never called, as on PartyKit; that is logged as a warning.

        Raises:
            TypeError: `callback` cannot be called.
        """
        if event_type not in EVENT_TYPES:
            logger.warning("no event has type %r: expected 'message', 'close' or 'error'", event_type)
        if not callable(callback):
            raise TypeError(f"a listener must be callable, got {type(callback).__name__}")
        listeners = self.by_type.setdefault(event_type, [])
        if all(callback != known for known, _ in listeners):
            listeners.append((callback, with_event(callback)))

    def remove(self, event_type: str, callback: Listener) -> None:
        """No longer call `callback`; nothing happens if it was not added."""
        kept = [pair for pair in self.by_type.get(event_type, ()) if pair[0] != callback]
        if kept:
            self.by_type[event_type] = kept
        else:
            self.by_type.pop(event_type, None)

    def clear(self) -> None:
        """Forget every listener."""
        self.by_type.clear()

    def has(self, event_type: str) -> bool:
        """Whether there is a listener for that type."""
        return event_type in self.by_type

    @runs_handler(lambda local: Handler(f"a {local['event'].type} listener"))
    def dispatch(
        self, event: Event, watch: Watch, failed: Callable[[BaseException], None] = lambda error: None
    ) -> None:
        """Call the listeners of the event's type.

        Args:
            event: their argument. An exception of one is logged; the others are called.
            watch: called with the return value of a listener, if that is awaitable.
            failed: called with the exception of a listener.
        """
        for _, call in list(self.by_type.get(event.type, ())):
            try:
                with contained:
                    outcome = call(event)
            except Exception as error:
                failed(error)
                logger.exception("%s failed", handler_of(stack_of(sys._getframe())))
            else:
                if inspect.isawaitable(outcome):
                    watch(outcome)


def with_event(callback: Listener) -> Listener:
    """A callable that takes the event, also where `callback` takes no argument."""
    try:
        parameters = signature_of(callback).parameters.values()
    except (TypeError, ValueError):  # some builtins have no signature
        return callback
    takes_event = any(
        parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.VAR_POSITIONAL)
        for parameter in parameters
    )
    return callback if takes_event else lambda event: callback()
