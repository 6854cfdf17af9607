"""How a host is made a node of a cluster."""

from __future__ import annotations

import math
import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from partyserver.cluster.engine import ClusterEngine
from partyserver.exceptions import ClusterError
from partyserver.storage import STATE_BYTES

SECRET_VARIABLE = "PKCOMPAT_CLUSTER_SECRET"
"""The environment variable that holds the secret where the settings do not."""

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s\[\]:/@]+):(?P<port>\d{1,5})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ClusterSettings(ABC):
    """What every node of a cluster is given; a class for each database derives from it.

    Args:
        advertise: `HOST:PORT` at which the other nodes reach this one (an IPv6 address in brackets).
        secret: what the nodes prove to each other with; the same on all nodes, by default
            `PKCOMPAT_CLUSTER_SECRET` of the environment, else one that the database keeps, so that
            whoever may read that is let in. It is never shown.
        memory: bytes of rooms' state that a node keeps in memory; larger rooms work by queries.
        lease: seconds after which a node that has not been heard of counts as dead, and others may take its
            rooms.

    Raises:
        ClusterError: one of them cannot be used; the message says what to write.
    """

    advertise: str
    secret: str = field(default="", repr=False)
    lease: float = 3.0
    memory: int = STATE_BYTES

    def __post_init__(self) -> None:
        check_address(self.advertise)
        if self.memory < 0:
            raise ClusterError(f"memory is a number of bytes, not {self.memory!r}")
        if not self.secret:
            object.__setattr__(self, "secret", os.environ.get(SECRET_VARIABLE, ""))
        if not (math.isfinite(self.lease) and self.lease > 0):
            raise ClusterError(f"a lease lasts a number of seconds above 0, such as 3, not {self.lease!r}")

    @abstractmethod
    def engine(self) -> ClusterEngine:
        """A way of its own to the database, not yet started.

        Raises:
            ClusterError: what it needs is not installed.
        """


def check_address(address: str) -> str:
    """`HOST:PORT` itself.

    Raises:
        ClusterError: it is no such address.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match["port"]) < 65_536:
        raise ClusterError(
            f"{address!r} is no address at which other nodes reach this one; write HOST:PORT, such as "
            "10.0.0.5:1999 or [fd00::5]:1999"
        )
    return address
