"""The exceptions that `partyserver` raises; all derive from `PartyServerError`."""

from __future__ import annotations

from starlette.exceptions import HTTPException


class PartyServerError(Exception):
    """Base class of this package's exceptions."""


class PartyClassError(PartyServerError, TypeError):
    """A class cannot be served as a party: the name of a method, its parameters, or the options are wrong."""


class StorageError(PartyServerError):
    """A storage call was refused; nothing was written."""


class StorageKeyError(StorageError, ValueError):
    """A storage key is no string, or is longer than 2,048 bytes."""


class StorageValueError(StorageError, ValueError):
    """A storage value is of a type that is not kept, or is larger than 128 KiB."""


class AlarmTimeError(StorageError, ValueError):
    """The argument of `set_alarm` is no point in time."""


class StorageFileError(StorageError):
    """A storage file cannot be opened: it is no such file, or another process holds it."""


class TransactionEndedError(StorageError):
    """A transaction was used after its end, or after `rollback()`."""


class ConnectionTagError(PartyServerError, ValueError):
    """`get_connection_tags` returned tags that a hibernating party cannot keep."""


class ConnectionClosedError(PartyServerError):
    """A message was sent, or a close asked for, on a socket that the server has closed."""


class InvalidCloseError(PartyServerError, ValueError):
    """A close code or close reason that RFC 6455, section 7.4, does not allow an endpoint to send."""


class ProtocolError(PartyServerError):
    """The peer broke the WebSocket protocol; the argument of `on_error`.

    Attributes:
        code: the close code that the peer was sent (1002, 1007 or 1009).
        reason: the reason that it was sent.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} (close code {code})" if reason else f"close code {code}")
        self.code = code
        self.reason = reason


class HandlerResultError(PartyServerError, TypeError):
    """A handler returned something that its caller cannot use, such as None from `on_request`."""


class HandlerExitError(PartyServerError):
    """A handler raised what would end the process, such as `sys.exit()`; that is an error of the handler."""


class HandlerCancelledError(PartyServerError):
    """A handler awaited a task or future that was cancelled, and did not catch that."""


class BodyTooLargeError(PartyServerError, HTTPException):
    """The body of a request is longer than the host takes (`Limits.max_body`); it answers 413.

    Args:
        most: bytes that it may have.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        HTTPException.__init__(self, 413, f"The body must not be longer than {most} bytes.")


class StartError(PartyServerError):
    """A room has no instance, because the party's constructor or `on_start` raised.

    Attributes:
        error: what it raised.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class RoomFullError(StartError):
    """A room has as many connections as it may have (`Limits.max_room_connections`); handshakes get 503.

    Args:
        most: the limit.
    """

    def __init__(self, most: int) -> None:
        super().__init__(HTTPException(503, f"The room has {most} connections already."))


class CronError(PartyServerError, ValueError):
    """A cron expression cannot be read. The message names the cron."""


class OriginError(PartyServerError, ValueError):
    """A host cannot allow this origin, for it is none. The message says what to write."""


class UnknownPartyError(PartyServerError, KeyError):
    """The host has no party of this name."""

    def __str__(self) -> str:
        return str(self.args[0])


class StubError(PartyServerError):
    """A stub cannot do what it was called for: a path has no slash, or a room cannot be started."""


class ClusterError(PartyServerError):
    """A cluster cannot be used as it is set up; the message says what to do."""


class NotANodeError(PartyServerError):
    """This process is no node of its cluster any more: its lease ran out."""


class NotOwnerError(PartyServerError):
    """A node was asked for a room that it does not own."""


class RoomLostError(StorageError):
    """A room is another node's by now; what it wrote last was not stored."""
