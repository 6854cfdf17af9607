"""The handlers of a party: their names in both forms, and what each is offered."""

from __future__ import annotations

from dataclasses import dataclass

from pkcodemods.api.kinds import Kind


@dataclass(frozen=True, slots=True)
class Offered:
    """An argument that a handler of the object form is offered.

    Attributes:
        name: what a handler that leaves it out gets as the parameter's name.
        kind: the argument's kind; None where it is data.
        annotation: its type in the class form, as Python source.
    """

    name: str
    kind: Kind | None
    annotation: str


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler of the object form, and the method that it becomes.

    Attributes:
        method: the method's name in the class form.
        offered: the arguments of the object form, in order.
        static: whether it is a static method that knows no room.
        answers: whether what it returns is used.
    """

    method: str
    offered: tuple[Offered, ...]
    static: bool = False
    answers: bool = False

    @property
    def room_index(self) -> int | None:
        """Which of the offered arguments is the room."""
        return next((i for i, offered in enumerate(self.offered) if offered.kind is Kind.ROOM), None)


_ROOM = Offered("room", Kind.ROOM, "Room")
_CONNECTION = Offered("connection", Kind.CONNECTION, "Connection")
_MESSAGE = Offered("message", None, "str | bytes")
_ERROR = Offered("error", None, "Exception")
_REQUEST = Offered("request", None, "Request")
_CONTEXT = Offered("ctx", Kind.CONNECTION_CONTEXT, "ConnectionContext")
_HOOK = (
    Offered("lobby", Kind.LOBBY, "Lobby"),
    Offered("ctx", Kind.EXECUTION_CONTEXT, "ExecutionContext"),
)
_SOCKET = Offered("socket", Kind.EDGE_SOCKET, "EdgeSocket")
_CRON = Offered("cron", Kind.CRON, "Cron")

HANDLERS: tuple[Handler, ...] = (
    Handler("on_connect", (_CONNECTION, _ROOM, _CONTEXT)),
    Handler("on_message", (_MESSAGE, _CONNECTION, _ROOM)),
    Handler("on_close", (_CONNECTION, _ROOM)),
    Handler("on_error", (_CONNECTION, _ERROR, _ROOM)),
    Handler("on_request", (_REQUEST, _ROOM), answers=True),
    Handler("on_alarm", (_ROOM,)),
    Handler("on_before_connect", (_REQUEST, *_HOOK), static=True, answers=True),
    Handler("on_before_request", (_REQUEST, *_HOOK), static=True, answers=True),
    Handler("on_fetch", (_REQUEST, *_HOOK), static=True, answers=True),
    Handler("on_socket", (_SOCKET, *_HOOK), static=True),
    Handler("on_cron", (_CRON, *_HOOK), static=True),
)


def camel_case(name: str) -> str:
    """`on_before_connect` as `onBeforeConnect`."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _spellings() -> dict[str, Handler]:
    spellings = {
        name: handler for handler in HANDLERS for name in (handler.method, camel_case(handler.method))
    }
    fetch = spellings["on_fetch"]
    return {**spellings, "unstable_onFetch": fetch, "unstable_on_fetch": fetch}


HANDLER_SPELLINGS: dict[str, Handler] = _spellings()


TAGS_SPELLINGS = ("getConnectionTags", "get_connection_tags")
"""A function of the class form, which is refused in an object."""


def hibernates(methods: frozenset[str] | set[str]) -> bool:
    """Whether PartyKit would hibernate an object with these handlers (design, section 5)."""
    return "on_message" in methods or "on_connect" not in methods


def missed_handler(name: str) -> str | None:
    """The handler that a name misspells; such a name in a namespace, instance or module is an error.

    A slip is one letter more, less, other, or two swapped, or other capitals and underscores; the word behind
    `on` begins as the handler's does. None for a handler's own name, and for a name of its own.
    """
    if name in HANDLER_SPELLINGS or not name.lower().startswith(("on", "unstable_on")):
        return None
    plain = _plain(name)
    for known, spelling in _BY_PLAIN_NAME.items():
        if _verb(plain)[:1] == _verb(known)[:1] and _is_slip(plain, known):
            return spelling if "_" not in name else HANDLER_SPELLINGS[spelling].method
    return None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _verb(plain: str) -> str:
    return plain.removeprefix("unstable").removeprefix("on")


_BY_PLAIN_NAME = {
    _plain(name): name for name in sorted(HANDLER_SPELLINGS, key=lambda name: "_" in name)[::-1]
}


def _is_slip(name: str, known: str) -> bool:
    if abs(len(name) - len(known)) > 1:
        return False
    same = 0
    while same < min(len(name), len(known)) and name[same] == known[same]:
        same += 1
    rest, other = name[same:], known[same:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


TAKEN = ("room", "options", "on_start", "get_connection_tags")
