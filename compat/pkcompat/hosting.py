"""Making a host out of targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partyserver import Host
from pkcompat.errors import PkcompatError
from pkcompat.module_loading import ModuleLoader
from pkcompat.targets import LoadedParty, load_party


class HostingError(PkcompatError):
    """A host cannot be made. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What to host.

    Attributes:
        parties: targets by party name.
        env: what `room.env` holds.
        crons: cron expressions by name, for the party `main`.
        static: a folder of files to serve.
        debug: tell clients the messages of unexpected exceptions, as PartyKit does.
    """

    parties: Mapping[str, str]
    env: Mapping[str, Any] = field(default_factory=dict)
    crons: Mapping[str, str] = field(default_factory=dict)
    static: str | None = None
    debug: bool = False


def load_parties(plan: HostPlan, loader: ModuleLoader | None = None) -> dict[str, LoadedParty]:
    """Import the parties of a plan, by name.

    Raises:
        ModuleLoadError: a module is not there, or it raised.
        TargetError: a target names no party.
    """
    loader = loader or ModuleLoader()
    return {name: load_party(target, loader) for name, target in plan.parties.items()}


def make_host(plan: HostPlan, parties: Mapping[str, LoadedParty]) -> Host:
    """A host of loaded parties.

    Raises:
        HostingError: a party's name cannot stand in a path, or the static folder is not there.
    """
    if plan.static is not None and not Path(plan.static).is_dir():
        raise HostingError(f"{plan.static}: no such folder to serve files from")
    try:
        return Host(
            {name: party.server_class for name, party in parties.items()},
            env=plan.env,
            crons=plan.crons,
            static=plan.static,
            debug=plan.debug,
        )
    except ValueError as error:
        raise HostingError(str(error)) from None
