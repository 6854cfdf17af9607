"""Other rooms under the old names: `room.parties`, their stubs and sockets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.old_names import called, taught
from pkcompat.legacy.request_options import stub_request
from pkcompat.legacy.sockets import LegacySocket, legacy_socket

if TYPE_CHECKING:
    import httpx

    from partyserver import Parties as _Parties
    from partyserver import PartyStubs as _PartyStubs
    from partyserver import RoomContext as _RoomContext
    from partyserver import RoomStub as _RoomStub
    from pkcompat.legacy.request_options import AnyRequest
else:  # old modules import these classes, and must not need the server for it
    _Parties = _PartyStubs = _RoomContext = _RoomStub = object

T = TypeVar("T")
Init = Mapping[str, Any]


@called("PartyKitStub")
class LegacyStub(_RoomStub):
    """A room, seen from outside, under the old names."""

    __slots__ = ()

    async def fetch(
        self, path: str | Init | AnyRequest | None = "", init: Init | AnyRequest | None = None, **options: Any
    ) -> httpx.Response:
        """Make a request to the room.

        Args:
            path: what follows the room's path in the URL, with a leading slash; or `init`, as the first
                argument.
            init: JavaScript's options (`method`, `headers`, `body`) in a dict; or a request, such as the one
                that a handler got, or an `httpx.Request`, which is passed on.
            options: `method`, `headers`, `body` or `content`, `json` as keyword arguments.

        Returns:
            The room's response, completely read.

        Raises:
            StubError: the path does not begin with a slash.
            TypeError: an argument has a wrong type, or a keyword is not an option.
        """
        request = await stub_request(path, init, options)
        return await super().fetch(request.path, **request.options)

    async def socket(  # type: ignore[override]
        self, path: str | Init | None = "", init: Init | None = None, **options: Any
    ) -> LegacySocket:
        """Connect to the room; what it sends waits for the first listener.

        Args:
            path: what follows the room's path in the URL, with a leading slash; or `init`, as the first
                argument.
            init: a dict with the handshake's `headers`.
            options: `headers` as a keyword argument.

        Raises:
            StubError: the path does not begin with a slash, or the room cannot be started.
        """
        request = await stub_request(path, init, options)
        headers = request.options.get("headers")
        given = {} if headers is None else {"headers": headers}
        return legacy_socket(await super().socket(request.path, **given))

    def connect(self) -> LegacySocket:
        """Connect to the room (deprecated). The socket is returned at once, and is open from its `open` event
        on; what is sent before that waits.

        If the room refuses, there is an `error` event, and then a `close` event with code 1006.
        """
        from pkcompat.legacy.connecting_socket import connecting_socket

        warn_once("stub.connect()", "await stub.socket()")
        return legacy_socket(connecting_socket(self.socket()))


class LegacyPartyStubs(_PartyStubs):
    """The rooms of one party, as stubs."""

    __slots__ = ()

    def get(self, room_id: str) -> LegacyStub:
        """The stub of a room, whether or not it was used before."""
        return legacy_stub(super().get(room_id))


class LegacyParties(_Parties):
    """The parties of the host by name; `parties["chat"]` and, as in JavaScript, `parties.chat`."""

    __slots__ = ()

    def __getitem__(self, name: str) -> LegacyPartyStubs:
        """A party's stubs."""
        stubs = copy.copy(super().__getitem__(name))  # a copy, since parties in class form share the host's
        taught(stubs, LegacyPartyStubs, "partyserver:PartyStubs")
        assert isinstance(stubs, LegacyPartyStubs)
        return stubs

    def __getattr__(self, name: str) -> LegacyPartyStubs:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error)) from None


@called("PartyContext")
class LegacyRoomContext(_RoomContext):
    """`room.context`: `parties` and `assets`."""

    __slots__ = ()

    parties: LegacyParties


def legacy_parties(parties: Any) -> Any:
    """The parties of a host under the old names: a copy, since parties in class form share the original.

    Args:
        parties: `partyserver.Parties`; anything else is returned unchanged.
    """
    if isinstance(parties, LegacyParties):
        return parties
    return taught(copy.copy(parties), LegacyParties, "partyserver:Parties")


def legacy_context(context: Any) -> Any:
    """`room.context` under the old names: a copy, since a host's rooms share the original.

    Args:
        context: a `partyserver.RoomContext`; anything else is returned unchanged.
    """
    if isinstance(context, LegacyRoomContext):
        return context
    context = copy.copy(context)
    object.__setattr__(context, "parties", legacy_parties(context.parties))  # a frozen dataclass
    return taught(context, LegacyRoomContext, "partyserver:RoomContext")


@overload
def legacy_stub(stub: _RoomStub) -> LegacyStub: ...
@overload
def legacy_stub(stub: T) -> T: ...
def legacy_stub(stub: Any) -> Any:
    """Give a stub the old names too.

    Args:
        stub: a `partyserver.RoomStub`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    return taught(stub, LegacyStub, "partyserver:RoomStub")
