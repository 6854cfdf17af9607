"""The class form of a party, and the host that serves it."""

from starlette.requests import Request
from starlette.responses import Response

from partyserver.assets import Assets
from partyserver.clock import Clock, SystemClock
from partyserver.connection import Connection
from partyserver.context import ConnectionContext, Cron, ExecutionContext, Lobby, RoomContext
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import (
    AlarmTimeError,
    ConnectionClosedError,
    ConnectionTagError,
    CronError,
    HandlerCancelledError,
    HandlerResultError,
    InvalidCloseError,
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
from partyserver.memory_storage import MemoryStorage
from partyserver.room import Room
from partyserver.server import PartyServer, ServerOptions
from partyserver.sockets import EdgeSocket, ReadyState
from partyserver.sqlite_storage import SqliteStorage
from partyserver.storage import Storage, Transaction
from partyserver.storage_backend import StorageBackend
from partyserver.stub_socket import StubSocket
from partyserver.stubs import Parties, PartyStubs, RoomStub

__all__ = [
    "AlarmTimeError",
    "Assets",
    "Clock",
    "CloseEvent",
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
    "HandlerResultError",
    "Host",
    "InvalidCloseError",
    "Lobby",
    "MemoryStorage",
    "MessageEvent",
    "Parties",
    "PartyClassError",
    "PartyServer",
    "PartyServerError",
    "PartyStubs",
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
