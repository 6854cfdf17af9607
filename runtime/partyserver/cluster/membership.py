"""Keeps this process a living node of its cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from partyserver.cluster.engine import ClusterEngine, Node
from partyserver.cluster.lease import Lease
from partyserver.exceptions import NotANodeError

logger = logging.getLogger("partyserver")

RENEWALS = 3
"""How often a lease is renewed while it lasts."""


class Membership:
    """Joins the cluster, renews the lease, and joins again, as another node, where it ran out.

    Attributes:
        lease: whether this process is a living node.
    """

    def __init__(
        self,
        engine: ClusterEngine,
        address: str,
        seconds: float,
        joined: Callable[[Node], None],
        lapsed: Callable[[], None],
    ) -> None:
        """
        Args:
            engine: the database.
            address: `HOST:PORT` at which other nodes reach this one.
            seconds: how long a lease is.
            joined: called with this node whenever it has joined.
            lapsed: called when the lease has run out: no room is this node's any more.
        """
        self._engine = engine
        self._address = address
        self._seconds = seconds
        self._joined = joined
        self._lapsed = lapsed
        self.lease = Lease(self._lapse)
        self._node: Node | None = None
        self._renewing: asyncio.Task[None] | None = None

    @property
    def node(self) -> Node:
        """This node.

        Raises:
            NotANodeError: it is none at the moment.
        """
        if self._node is None or not self.lease.is_good:
            raise NotANodeError("this process is no node of its cluster at the moment")
        return self._node

    async def start(self) -> None:
        """Join.

        Raises:
            ClusterError: the database refuses it.
        """
        self._node = await self._join()
        self._renewing = asyncio.get_running_loop().create_task(self._renew())

    async def stop(self) -> None:
        """Leave: no room has this node as its owner any more."""
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
            self._renewing = None
        node, self._node = self._node, None
        if node is not None and self.lease.left:
            try:
                async with asyncio.timeout(self.lease.left):
                    await self._engine.leave(node)
            except Exception as error:
                logger.warning("the cluster was not told that this node leaves it: %s", error)
        self.lease.end()

    async def _join(self) -> Node:
        before = time.monotonic()
        node = await self._engine.join(self._address, self._seconds)
        self.lease.extend(before, self._seconds)
        self._joined(node)
        return node

    async def _renew(self) -> None:
        while True:
            if (node := self._node) is None:
                node = self._node = await self._join()
                logger.info("back in the cluster, as node %d", node.id)
            await asyncio.sleep(self._seconds / RENEWALS)
            if self.lease.is_good:
                await self._renew_once(node)

    async def _renew_once(self, node: Node) -> None:
        before = time.monotonic()
        try:
            async with asyncio.timeout(self.lease.left):  # `wait_for` may lose a cancellation before 3.12
                renewed = await self._engine.renew(node, self._seconds)
        except TimeoutError:
            renewed = False
        except Exception:
            logger.exception("the lease of node %d could not be renewed", node.id)
            return
        if self._node is not node:
            return
        if renewed:
            self.lease.extend(before, self._seconds)
        elif self.lease.is_good:  # else `_lapse` was called
            self.lease.end()
            self._lapse()

    def _lapse(self) -> None:
        node, self._node = self._node, None
        if node is not None:
            logger.error(
                "the lease of node %d has run out, as the database was not reached in time: its rooms are "
                "closed, and other nodes may take them",
                node.id,
            )
            self._lapsed()
