"""Creating a host from targets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from partyserver import Assets, Clock, ClusterSettings, Host, Limits, StorageBackend
from partyserver.edge import CronRequestsFrom
from partyserver.exceptions import ClusterError
from partyserver.shadowing import Shadow
from pkcompat.errors import PkcompatError
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.partykit_json import StaticFolder
from pkcompat.project.targets import LoadedParty, load_party


class HostingError(PkcompatError):
    """A host cannot be created. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What to host.

    Attributes:
        parties: targets by party name.
        env: the variables in `room.env`.
        crons: cron expressions by name, for the party `main`.
        schedule_crons: whether to call `on_cron` on schedule; otherwise only a request triggers it.
        cron_requests: who may have a cron run by a request: `loopback`, `anyone` or `nobody`.
        static: a folder of files to serve.
        debug: whether to send clients the messages of unexpected exceptions, as PartyKit does.
        idle_timeout: seconds without an event after which the instance of a hibernating party is dropped.
        shutdown_timeout: seconds that running handlers get to finish when the host shuts down.
        limits: what clients and handlers may take of the host.
        allow_origins: the origins whose pages may come in; `*` is every one.
        cors: whether these pages may read the answers to HTTP requests.
    """

    parties: Mapping[str, str]
    env: Mapping[str, Any] = field(default_factory=dict)
    crons: Mapping[str, str] = field(default_factory=dict)
    schedule_crons: bool = True
    cron_requests: CronRequestsFrom = "loopback"
    static: StaticFolder | None = None
    debug: bool = False
    idle_timeout: float = 10.0
    shutdown_timeout: float = 5.0
    limits: Limits = field(default_factory=Limits)
    allow_origins: tuple[str, ...] = ("*",)
    cors: bool = False


def load_parties(plan: HostPlan, loader: ModuleLoader | None = None) -> dict[str, LoadedParty]:
    """Import the parties of a plan, by name.

    Raises:
        ModuleLoadError: a module does not exist, or it raised an exception.
        TargetError: a target does not name a party.
    """
    loader = loader or ModuleLoader()
    return {name: load_party(target, loader) for name, target in plan.parties.items()}


def make_host(
    plan: HostPlan,
    parties: Mapping[str, LoadedParty],
    storage: StorageBackend | None = None,
    *,
    clock: Clock | None = None,
    shadow: Shadow | None = None,
    cluster: ClusterSettings | None = None,
) -> Host:
    """Create a host of loaded parties.

    Args:
        plan: what to host.
        parties: its loaded parties.
        storage: the storage of rooms; in memory by default.
        clock: the clock; the machine's by default.
        shadow: follows rooms with another form of their party.
        cluster: the cluster that keeps the rooms; then there is no storage.

    Raises:
        HostingError: a party's name does not fit into a path, a cron expression or an origin is invalid,
            the static folder does not exist, or what the cluster needs is not installed.
    """
    if plan.static is not None and not os.path.isdir(plan.static.path):
        raise HostingError(f"{plan.static.path}: no such folder to serve files from")
    try:
        return Host(
            {name: party.server_class for name, party in parties.items()},
            storage=storage,
            clock=clock,
            shadow=shadow,
            cluster=cluster,
            env=plan.env,
            crons=plan.crons,
            schedule_crons=plan.schedule_crons,
            cron_requests=plan.cron_requests,
            static=_assets(plan.static),
            debug=plan.debug,
            idle_timeout=plan.idle_timeout,
            shutdown_timeout=plan.shutdown_timeout,
            limits=plan.limits,
            allow_origins=plan.allow_origins,
            cors=plan.cors,
        )
    except (ValueError, ClusterError) as error:
        raise HostingError(str(error)) from None


def _assets(static: StaticFolder | None) -> Assets | None:
    if static is None:
        return None
    return Assets(
        static.path,
        single_page_app=static.single_page_app,
        browser_ttl=static.browser_ttl,
        edge_ttl=static.edge_ttl,
        include=static.include,
        exclude=static.exclude,
    )
