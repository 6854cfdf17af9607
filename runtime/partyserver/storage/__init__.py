"""`room.storage`, the stores behind it, and the two gates that make it safe."""

from partyserver.storage.backend import (
    Alarm,
    Changes,
    Commit,
    CommitGate,
    KeyRange,
    KnownRoom,
    RoomKey,
    RoomStore,
    StorageBackend,
    settle,
)
from partyserver.storage.draft import Draft
from partyserver.storage.input_gate import Handling, InputGate
from partyserver.storage.memory import MemoryStorage
from partyserver.storage.output_gate import (
    STORAGE_FAILED,
    Outbox,
    RoomCommits,
    gated_send,
    send_response,
    until_committed,
)
from partyserver.storage.recent_failure import RecentFailure
from partyserver.storage.room_storage import Storage, Transaction
from partyserver.storage.sqlite import SqliteStorage
from partyserver.storage.sqlite_file import LAYOUT_STEPS
from partyserver.storage.sqlite_store import LAST_ID, Durability, end_of_prefix
from partyserver.storage.state_cache import UNKNOWN, StateCache, Unknown
from partyserver.storage.state_in_memory import STATE_BYTES
from partyserver.storage.values import check_key, decode_value, encode_value

__all__ = [
    "LAST_ID",
    "LAYOUT_STEPS",
    "STATE_BYTES",
    "STORAGE_FAILED",
    "UNKNOWN",
    "Alarm",
    "Changes",
    "Commit",
    "CommitGate",
    "Draft",
    "Durability",
    "Handling",
    "InputGate",
    "KeyRange",
    "KnownRoom",
    "MemoryStorage",
    "Outbox",
    "RecentFailure",
    "RoomCommits",
    "RoomKey",
    "RoomStore",
    "SqliteStorage",
    "StateCache",
    "Storage",
    "StorageBackend",
    "Transaction",
    "Unknown",
    "check_key",
    "decode_value",
    "encode_value",
    "end_of_prefix",
    "gated_send",
    "send_response",
    "settle",
    "until_committed",
]
