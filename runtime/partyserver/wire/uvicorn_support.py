"""Whether the installed uvicorn and websockets have what our protocol classes need of them.

That is more than they document: uvicorn has no interface to take a WebSocket over, and ASGI none that needs
no task a socket. So what is used is listed here and looked for once, when the class is asked for. Where
anything is missing uvicorn serves WebSockets by itself: slower, yet right, as any ASGI server does.
"""

from __future__ import annotations

import asyncio
import dis
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import CodeType
from typing import Any

from partyserver.limits import Limits
from partyserver.wire.overload import Overload, file_handles

LOWEST, BELOW = "0.53", "0.55"
"""The versions of uvicorn that are tested: from, and up to but not including; as in pyproject.toml."""

NEEDED = {
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol": (
        # methods that are called or overridden, then attributes that are read or set
        "connection_lost connection_made data_received eof_received handle_bytes handle_close "
        "handle_connect handle_cont handle_events handle_parser_exception handle_text keepalive_timeout "
        "receive schedule_ping send shutdown stop_keepalive "
        "close_sent config conn connections disconnected handshake_complete "
        "handshake_initiated initial_response loop pending_ping_payload ping_timeout pong_timer queue "
        "read_paused request scope transport writable"
    ),
    "websockets.streams:StreamReader": "buffer",
    "websockets.server:ServerProtocol": (
        "data_to_send events_received fail parse receive_data reject send_binary send_close send_ping "
        "send_response send_text close_rcvd close_sent extensions handshake_exc parser parser_exc "
        "reader state"
    ),
}
"""By class, the methods and attributes that `handshake` and `open_websocket` use."""

_HTTP = (
    "_should_upgrade _unset_keepalive_if_required connection_lost connection_made data_received "
    "handle_websocket_upgrade send_400_response shutdown app_state client config connections cycle headers "
    "loop scope server_state transport ws_protocol_class "
)
_CYCLE = (
    "disconnected keep_alive message_event more_body on_response response_complete response_started transport"
)
NEEDED_OF_HTTP = {
    "httptools": {
        "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": (
            _HTTP + "_unsupported_upgrade_warning on_body on_headers_complete on_message_complete parser url"
        ),
        "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": _CYCLE,
    },
    "h11": {
        "uvicorn.protocols.http.h11_impl:H11Protocol": _HTTP + "handle_events conn",
        "uvicorn.protocols.http.h11_impl:RequestResponseCycle": _CYCLE,
    },
}
"""By parser and class, what `http_protocol` and the modules for each parser use."""

logger = logging.getLogger("partyserver")


def websocket_protocol() -> Callable[..., asyncio.Protocol] | None:
    """`PartyWebSocketProtocol` where it can be used; else uvicorn's own class, after a warning."""
    missing = missing_names()
    if not missing:
        try:
            from partyserver.wire.handshake import PartyWebSocketProtocol
        except ImportError as error:
            missing = [str(error)]
        else:
            return PartyWebSocketProtocol
    from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

    logger.warning(
        "PartyWebSocketProtocol does not support uvicorn %s with websockets %s (missing: %s), so uvicorn's "
        "own class serves WebSockets: on_error is called by close codes alone, a connection that died may "
        "have the close code 1005, idle sockets take more memory, and broadcasts more time. "
        "Supported are uvicorn>=%s,<%s",
        _version("uvicorn"),
        _version("websockets"),
        ", ".join(missing),
        LOWEST,
        BELOW,
    )
    return AutoWebSocketsProtocol


def http_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """uvicorn's HTTP class with limits (`LimitedHttp`), for the parser that is installed; where it cannot be
    used, uvicorn's own, after a warning.

    Args:
        limits: those that it keeps.
    """
    parser = "h11" if find_spec("httptools") is None else "httptools"
    missing = missing_names(NEEDED_OF_HTTP[parser])
    if not missing:
        try:
            name = {"httptools": "LimitedHttpTools", "h11": "LimitedH11"}[parser]
            base: type[asyncio.Protocol] = getattr(import_module(f"partyserver.wire.{parser}_protocol"), name)
        except ImportError as error:
            missing = [str(error)]
        else:
            shared = {"limits": limits, "overload": Overload(limits.max_connections or file_handles())}
            return type("PartyHttpProtocol", (base,), shared)
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    logger.warning(
        "PartyHttpProtocol does not support uvicorn %s with %s %s (missing: %s), so uvicorn's own class "
        "serves HTTP: header_timeout, max_header_bytes and max_connections do not hold. "
        "Supported are uvicorn>=%s,<%s",
        _version("uvicorn"),
        parser,
        _version(parser),
        ", ".join(missing),
        LOWEST,
        BELOW,
    )
    return AutoHTTPProtocol


def missing_names(needed: Mapping[str, str] = NEEDED) -> list[str]:
    """What is needed and not there: modules, classes, and their methods and attributes."""
    missing: list[str] = []
    for place, names in needed.items():
        module, _, class_name = place.partition(":")
        try:
            found: type = getattr(import_module(module), class_name)
        except (ImportError, AttributeError):
            missing.append(f"{module}.{class_name}")
        else:
            there = _names_there(found, names)
            missing += [f"{class_name}.{name}" for name in names.split() if name not in there]
    return missing


@cache  # it takes longer than most of what a host in memory, for a test, does
def _names_there(cls: type, needed: str) -> frozenset[str]:
    """Those names that are a class's methods, or that these set on anything; no instance has to be made."""
    names = {*needed.split()}
    there = names & {*dir(cls)}
    for code in _codes_of(cls):
        if not (names - there).isdisjoint(code.co_names):  # reading all of it would take longer than the rest
            there.update(_attributes_set_in(code))
    return frozenset(there)


def _codes_of(cls: type) -> Iterable[CodeType]:
    members = (member for base in cls.__mro__ for member in vars(base).values())
    codes = (getattr(member, "__code__", None) for member in members)
    return (code for code in codes if isinstance(code, CodeType))


def _attributes_set_in(code: CodeType) -> Iterable[Any]:
    return (step.argval for step in dis.get_instructions(code) if step.opname == "STORE_ATTR")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
