"""The class form of a party, and the host that serves it."""

from partyserver.lean_imports import imports_blocked

with imports_blocked("httpx._main"):
    import httpx as httpx  # before the modules below import it with its command line

from starlette.requests import Request
from starlette.responses import Response

from partyserver.assets import Assets
from partyserver.clock import Clock, SystemClock
from partyserver.cluster import ClusterSettings
from partyserver.connection import Connection
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import (
    AlarmTimeError,
    BodyTooLargeError,
    ClusterError,
    ConnectionClosedError,
    ConnectionTagError,
    CronError,
    HandlerCancelledError,
    HandlerExitError,
    HandlerResultError,
    InvalidCloseError,
    OriginError,
    PartyClassError,
    PartyServerError,
    ProtocolError,
    StartError,
    StorageError,
    StorageFileError,
    StorageKeyError,
    StorageValueError,
    StubError,
    TransactionEndedError,
    UnknownPartyError,
)
from partyserver.host import Host
from partyserver.limits import Limits
from partyserver.log_text import guard_log
from partyserver.postgres import PostgresCluster
from partyserver.rooms import (
    ConnectionContext,
    Cron,
    ExecutionContext,
    ListedRoom,
    Lobby,
    PartyServer,
    Room,
    RoomContext,
    ServerOptions,
)
from partyserver.sockets import EdgeSocket, ReadyState
from partyserver.storage import MemoryStorage, SqliteStorage, Storage, StorageBackend, Transaction
from partyserver.stubs import Parties, PartyStubs, RoomStub, StubSocket

guard_log()

__all__ = [
    "AlarmTimeError",
    "Assets",
    "BodyTooLargeError",
    "Clock",
    "CloseEvent",
    "ClusterError",
    "ClusterSettings",
    "Connection",
    "ConnectionClosedError",
    "ConnectionContext",
    "ConnectionTagError",
    "Cron",
    "CronError",
    "EdgeSocket",
    "ErrorEvent",
    "ExecutionContext",
    "HandlerCancelledError",
    "HandlerExitError",
    "HandlerResultError",
    "Host",
    "InvalidCloseError",
    "Limits",
    "ListedRoom",
    "Lobby",
    "MemoryStorage",
    "MessageEvent",
    "OriginError",
    "Parties",
    "PartyClassError",
    "PartyServer",
    "PartyServerError",
    "PartyStubs",
    "PostgresCluster",
    "ProtocolError",
    "ReadyState",
    "Request",
    "Response",
    "Room",
    "RoomContext",
    "RoomStub",
    "ServerOptions",
    "SqliteStorage",
    "StartError",
    "Storage",
    "StorageBackend",
    "StorageError",
    "StorageFileError",
    "StorageKeyError",
    "StorageValueError",
    "StubError",
    "StubSocket",
    "SystemClock",
    "Transaction",
    "TransactionEndedError",
    "UnknownPartyError",
]
