"""The options of `pkcompat serve` that make it a node of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.options import LONGEST

if TYPE_CHECKING:
    from pkcompat.serving import ClusterOptions

_PANEL = "Cluster"

ClusterOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL|dev",
        help="Keep rooms in PostgreSQL (postgresql://...), with other nodes on any number of "
        "machines. All nodes have the same PKCOMPAT_CLUSTER_SECRET in their environment. `dev` tries it on "
        "this machine: a private PostgreSQL, three nodes, a balancer.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
AdvertiseOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where the other nodes reach this one. [default: where it listens]",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
NamespaceOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="The schema that the cluster's tables live in.", rich_help_panel=_PANEL
    ),
]
LeaseOption = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0.1,
        max=LONGEST,
        help="After how long a node that is not heard of counts as dead; the same on all nodes.",
        rich_help_panel=_PANEL,
    ),
]


def cluster_options(
    cluster: str | None, advertise: str | None, namespace: str, lease: float
) -> ClusterOptions | None:
    """The options as one; None without `--cluster`.

    Raises:
        typer.BadParameter: there is no cluster to be a node of.
    """
    from pkcompat.serving import ClusterOptions

    if cluster is None:
        if advertise is not None:
            raise typer.BadParameter("needs a cluster; name one with --cluster", param_hint="--advertise")
        return None
    return ClusterOptions(cluster, advertise, namespace, lease)
