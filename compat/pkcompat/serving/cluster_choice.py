"""Which cluster `pkcompat serve` keeps rooms in, and which of its nodes the process is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partyserver.exceptions import ClusterError
from partyserver.postgres import PostgresCluster
from partyserver.storage import STATE_BYTES
from pkcompat.errors import PkcompatError
from pkcompat.serving.server import Address

TRIAL = "dev"
"""What `--cluster` is given for a cluster on this machine alone."""

_EVERYWHERE = ("0.0.0.0", "::")


class ClusterChoiceError(PkcompatError):
    """The process cannot be a node of the cluster. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The command line about a cluster.

    Attributes:
        url: the database, `postgresql://...`, or `dev`.
        advertise: `HOST:PORT` at which other nodes reach this one; None for where it listens.
        namespace: the schema that the tables live in.
        lease: seconds after which a node that is not heard of counts as dead.
    """

    url: str
    advertise: str | None = None
    namespace: str = "pkcompat"
    lease: float = 3.0


def choose_cluster(
    options: ClusterOptions | None, address: Address, memory: int = STATE_BYTES
) -> PostgresCluster | None:
    """The cluster that the options name, None without.

    Args:
        options: the command line about it.
        address: where the process listens.
        memory: bytes of rooms' state that it keeps in memory.

    Raises:
        ClusterChoiceError: an option cannot be used.
    """
    if options is None:
        return None
    if options.advertise is None and address.host in _EVERYWHERE:
        raise ClusterChoiceError(
            f"the other nodes need to know where to reach this one, which listens on {address.host}: name it "
            f"with --advertise, such as --advertise 10.0.0.5:{address.port}"
        )
    try:
        return PostgresCluster(
            options.url,
            namespace=options.namespace,
            advertise=options.advertise or address.host_and_port,
            lease=options.lease,
            memory=memory,
        )
    except ClusterError as error:
        raise ClusterChoiceError(str(error)) from None


@contextmanager
def joining(cluster: PostgresCluster | None, host: ASGIApp) -> Iterator[ASGIApp]:
    """The host, wrapped so that what keeps it from joining its cluster is told without a traceback.

    Args:
        cluster: the cluster; None where there is none to join.
        host: the host, or what is wrapped around it.

    Raises:
        ClusterChoiceError: at the exit, the cluster could not be joined.
    """
    if cluster is None:
        yield host
        return
    joins = _JoinsCluster(host)
    try:
        yield joins
    except PkcompatError:
        if joins.problem is None:
            raise
        raise ClusterChoiceError(str(joins.problem)) from None


class _JoinsCluster:
    def __init__(self, host: ASGIApp) -> None:
        self._host = host
        self.problem: ClusterError | None = None

    # `async`, since uvicorn takes any other callable for an application of ASGI 2.
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await self._host(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        failed: list[Message] = []

        async def unless_failed(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)  # Starlette sends it with a traceback, and raises the exception
            else:
                await send(message)

        try:
            await self._host(scope, receive, unless_failed)
        except ClusterError as error:
            if not failed:
                raise
            self.problem = error
            await send({"type": "lifespan.startup.failed", "message": ""})
        except BaseException:
            for message in failed:
                await send(message)
            raise
