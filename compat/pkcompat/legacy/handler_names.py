"""The handlers that an object may have: their spellings, their arguments, and names that are almost theirs.

The codemod has the same table in `pkcodemods.api.handlers`, since neither package may import the other for
it; a test keeps the two equal.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandlerName:
    """One handler.

    Attributes:
        method: the class form's method, such as `on_connect`.
        spellings: its names in the object form, PartyKit's spelling first.
        offered: its arguments, in this order; as in JavaScript, it may take fewer.
        static: whether the class form's method is static: it runs outside of rooms.
    """

    method: str
    spellings: tuple[str, ...]
    offered: tuple[str, ...]
    static: bool = False

    def spelled_like(self, name: str) -> str:
        """The spelling in the style of a name: snake_case if that has an underscore, else PartyKit's."""
        camel, snake = self.spellings
        return snake if "_" in name.removeprefix("unstable_") else camel


HANDLER_NAMES: tuple[HandlerName, ...] = (
    HandlerName("on_connect", ("onConnect", "on_connect"), ("connection", "room", "ctx")),
    HandlerName("on_message", ("onMessage", "on_message"), ("message", "connection", "room")),
    HandlerName("on_close", ("onClose", "on_close"), ("connection", "room")),
    HandlerName("on_error", ("onError", "on_error"), ("connection", "error", "room")),
    HandlerName("on_request", ("onRequest", "on_request"), ("request", "room")),
    HandlerName("on_alarm", ("onAlarm", "on_alarm"), ("room",)),
    HandlerName(
        "on_before_connect",
        ("onBeforeConnect", "on_before_connect"),
        ("request", "lobby", "ctx"),
        static=True,
    ),
    HandlerName(
        "on_before_request",
        ("onBeforeRequest", "on_before_request"),
        ("request", "lobby", "ctx"),
        static=True,
    ),
    HandlerName("on_fetch", ("onFetch", "on_fetch"), ("request", "lobby", "ctx"), static=True),
    HandlerName(
        "unstable_on_fetch",
        ("unstable_onFetch", "unstable_on_fetch"),
        ("request", "lobby", "ctx"),
        static=True,
    ),
    HandlerName("on_socket", ("onSocket", "on_socket"), ("socket", "lobby", "ctx"), static=True),
    HandlerName("on_cron", ("onCron", "on_cron"), ("cron", "lobby", "ctx"), static=True),
)

BY_SPELLING: dict[str, HandlerName] = {
    spelling: handler for handler in HANDLER_NAMES for spelling in handler.spellings
}

_NEAR = 0.8


def is_handler_name(name: str) -> bool:
    """Whether an object form's attribute or key of this name is a handler."""
    return name in BY_SPELLING


def nearest(name: str) -> str | None:
    """The handler that a name nearly spells, or names in another library's word; None if there is none.

    The result is in the style of the name, camelCase or snake_case.
    """
    plain = _plain(name)
    near = difflib.get_close_matches(plain, _BY_PLAIN_NAME, 1, _NEAR)
    handler = _OTHER_WORDS.get(plain) or (_BY_PLAIN_NAME[near[0]] if near else None)
    return handler.spelled_like(name) if handler else None


def looks_like_handler(name: str) -> bool:
    """Whether a name in a namespace, an instance or a module is a misspelt handler's.

    `on_conect` and `onmessage` are; `one`, `on_join` and `online_users` are not.
    """
    return missed_handler(name) is not None


def missed_handler(name: str) -> HandlerName | None:
    """The handler whose name is misspelt; None for a correct name, and for one that means something else."""
    from partyserver.rooms import missed_name  # importing old modules must not import the host

    missed = missed_name(name, BY_SPELLING)
    return BY_SPELLING[missed] if missed is not None else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


_BY_PLAIN_NAME = {_plain(spelling): handler for spelling, handler in BY_SPELLING.items()}
# What other libraries call the same event.
_OTHER_WORDS = {
    word: BY_SPELLING[spelling]
    for spelling, words in {
        "onConnect": ("onopen", "onjoin", "onconnection"),
        "onClose": ("ondisconnect", "ondisconnection", "onleave"),
    }.items()
    for word in words
}
