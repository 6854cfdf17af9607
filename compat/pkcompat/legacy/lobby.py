"""The arguments of static hooks, and the context of a new connection, under the old names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pkcompat.legacy.old_names import called, taught
from pkcompat.legacy.stubs import LegacyParties, legacy_parties

if TYPE_CHECKING:
    from partyserver import ConnectionContext as _ConnectionContext
    from partyserver import Cron as _Cron
    from partyserver import ExecutionContext as _ExecutionContext
    from partyserver import Lobby as _Lobby
else:  # old modules import these classes, and must not need the server for it
    _ConnectionContext = _Cron = _ExecutionContext = _Lobby = object

T = TypeVar("T")

_LOBBY = "partyserver:Lobby"


@called("PartyKitLobby")
class LegacyLobby(_Lobby):
    """The lobby of a hook: `id`, `env`, `parties`, `assets`."""

    __slots__ = ()

    parties: LegacyParties


@called("PartyKitExecutionContext")
class LegacyExecutionContext(_ExecutionContext):
    """The context of a hook, for work that outlasts it: `waitUntil`."""

    __slots__ = ()

    def waitUntil(self, awaitable: Awaitable[Any]) -> None:  # noqa: N802
        """Have an awaitable awaited after the hook has answered."""
        self.wait_until(awaitable)


@called("PartyKitCron")
class LegacyCron(_Cron):
    """A cron that is due: `name`, `cron`, `scheduledTime`."""

    __slots__ = ()

    @property
    def scheduledTime(self) -> int:  # noqa: N802
        """When it was due, in milliseconds since the epoch."""
        return self.scheduled_time


@called("PartyKitContext")
class LegacyConnectionContext(_ConnectionContext):
    """What `onConnect` gets about a new connection: the `request` of its handshake."""

    __slots__ = ()


@overload
def legacy_lobby(lobby: _Lobby) -> LegacyLobby: ...
@overload
def legacy_lobby(lobby: T) -> T: ...
def legacy_lobby(lobby: Any) -> Any:
    """Give a lobby the old names too, and the stubs of its parties.

    Args:
        lobby: a `partyserver.Lobby`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    if not isinstance(lobby, LegacyLobby) and isinstance(taught(lobby, LegacyLobby, _LOBBY), LegacyLobby):
        object.__setattr__(lobby, "parties", legacy_parties(lobby.parties))  # a frozen dataclass
    return lobby


@overload
def legacy_execution_context(ctx: _ExecutionContext) -> LegacyExecutionContext: ...
@overload
def legacy_execution_context(ctx: T) -> T: ...
def legacy_execution_context(ctx: Any) -> Any:
    """Give the execution context of a hook the old names too.

    Args:
        ctx: a `partyserver.ExecutionContext`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    return taught(ctx, LegacyExecutionContext, "partyserver:ExecutionContext")


@overload
def legacy_cron(cron: _Cron) -> LegacyCron: ...
@overload
def legacy_cron(cron: T) -> T: ...
def legacy_cron(cron: Any) -> Any:
    """Give a cron the old names too.

    Args:
        cron: a `partyserver.Cron`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    return taught(cron, LegacyCron, "partyserver:Cron")


def legacy_connection_context(ctx: Any) -> Any:
    """Make the context of a new connection an instance of the legacy type too.

    Args:
        ctx: a `partyserver.ConnectionContext`; anything else is returned unchanged.
    """
    return taught(ctx, LegacyConnectionContext, "partyserver:ConnectionContext")
