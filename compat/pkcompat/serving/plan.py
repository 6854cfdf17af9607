"""What `pkcompat serve` serves: the project's files merged with the command line, which wins."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from partyserver import Limits
from partyserver.edge import CronRequestsFrom
from partyserver.storage import STATE_BYTES, Durability
from pkcompat.errors import PkcompatError
from pkcompat.project import (
    DIFFERENCES,
    RECORDING_LIMIT,
    HostPlan,
    ProjectConfig,
    TargetError,
    load_env_files,
    load_project_config,
    parse_target,
)
from pkcompat.serving.cluster_choice import ClusterOptions
from pkcompat.serving.server import Grace
from pkcompat.serving.storage_choice import choose_file

DEFAULT_PORT = 1999


class LogLevel(StrEnum):
    """The levels of `logging`, as the command line names them."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def number(self) -> int:
        """The level's number in `logging`."""
        return logging.getLevelNamesMapping()[self.name]


class LogFormat(StrEnum):
    """How the log is written: for people, or an object a line for programs."""

    TEXT = "text"
    JSON = "json"


class ServePlanError(PkcompatError):
    """It is not clear what to serve. The message says what to name."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The command line of `pkcompat serve`; None for what is left to the project's files.

    Attributes:
        target: the target of the party `main`.
        parties: targets of other parties by name.
        host: the address to listen on.
        port: the TCP port to listen on.
        env: variables.
        debug: whether to send clients the messages of unexpected exceptions.
        storage: a file, a folder or `memory`.
        durability: what stored data survives.
        storage_memory: bytes of stored data that are kept in memory.
        idle_timeout: seconds without an event after which a hibernating party's instance is dropped.
        grace: seconds that stopping may take.
        quiet: whether to log no requests.
        log_level: the lowest level of parties' log records to show.
        log_format: how the log is written.
        record: the file that traffic is recorded in.
        record_limit: the maximum size of the recording in bytes.
        shadows: by party name the target of its shadow, or None for what the codemod makes of the party.
        promote: whether the other form answers, and the current one is the shadow.
        ignore: a shadow's differences in texts that match do not count.
        differences: the folder for traffic files of a shadow's differences.
        limits: what clients and handlers may take of the host.
        allow_origins: the origins whose pages may come in; `*` is every one.
        cors: whether these pages may read the answers to HTTP requests.
        cron_requests: who may have a cron run by a request.
        cluster: the cluster that keeps the rooms.
        admin: `[HOST:]PORT` at which `Host.admin` is served.
    """

    target: str | None
    parties: Mapping[str, str]
    host: str
    port: int | None
    env: Mapping[str, str]
    debug: bool
    storage: str | None
    durability: Durability
    idle_timeout: float
    grace: float
    quiet: bool
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.TEXT
    record: Path | None = None
    record_limit: int = RECORDING_LIMIT
    shadows: Mapping[str, str | None] = field(default_factory=dict)
    promote: bool = False
    ignore: tuple[re.Pattern[str], ...] = ()
    differences: Path = DIFFERENCES
    storage_memory: int = STATE_BYTES
    limits: Limits = field(default_factory=Limits)
    allow_origins: tuple[str, ...] = ("*",)
    cors: bool = False
    cron_requests: CronRequestsFrom = "loopback"
    cluster: ClusterOptions | None = None
    admin: str | None = None


@dataclass(frozen=True, slots=True)
class ServePlan:
    """What to serve, and where.

    Attributes:
        hosting: what to host.
        port: the TCP port to listen on.
        storage: the storage file of rooms; None for memory, or for a cluster.
        env_paths: the files of variables that were read.
        warnings: warnings about settings that have no effect.
    """

    hosting: HostPlan
    port: int
    storage: Path | None
    env_paths: tuple[Path, ...]
    warnings: tuple[str, ...]


def make_plan(options: ServeOptions, project: Path) -> ServePlan:
    """Merge the project's files with the command line.

    A variable is taken from the first of these that has it: the command line, `.env.local`, `.env`, `vars` in
    `partykit.json`.

    Raises:
        ServePlanError: no party is named, `main` is named twice, `partykit.json` names a missing file, or
            an option does not go with a cluster.
        ProjectConfigError: `partykit.json` cannot be used.
        EnvFileError: a file of variables cannot be read.
    """
    config = load_project_config(project)
    env_files = load_env_files(project)
    parties = {**config.parties, **options.parties}
    if options.target is not None and "main" in options.parties:
        raise ServePlanError(
            f"the party main is named twice: {options.target} and --party main={options.parties['main']}; "
            "keep one"
        )
    if options.target is not None:
        parties = {"main": options.target, **{name: parties[name] for name in parties if name != "main"}}
    if not parties:
        raise ServePlanError(
            "\n".join(
                (
                    "nothing to serve: name a TARGET or --party NAME=TARGET, or parties in "
                    f"{config.file_name}",
                    *config.warnings,  # may point out a misspelt `main`
                )
            )
        )
    for name, target in config.parties.items():
        if parties[name] is target:
            _check_file(config, project, name, target)
    hosting = HostPlan(
        parties=parties,
        env={**config.vars, **env_files.values, **options.env},
        crons=config.crons,
        static=config.static,
        debug=options.debug,
        idle_timeout=options.idle_timeout,
        shutdown_timeout=Grace(options.grace).closing,
        limits=options.limits,
        allow_origins=options.allow_origins,
        cors=options.cors,
        cron_requests=options.cron_requests,
    )
    port = next((port for port in (options.port, config.port) if port is not None), DEFAULT_PORT)
    warnings = config.warnings
    if options.cluster is None:
        storage = choose_file(options.storage, config.persist, project)
    else:
        storage = None
        _check_cluster(options)
        if config.persist is not None and config.persist is not True:
            warnings += (f"{config.file_name}: `persist` has no effect: rooms are kept in the cluster",)
    return ServePlan(hosting, port, storage, env_files.paths, warnings)


def _check_cluster(options: ServeOptions) -> None:
    """Raise an error for an option that does not go with a cluster."""
    if options.storage is not None:
        raise ServePlanError(
            f"--storage {options.storage} does not go with --cluster: rooms are kept in the cluster; leave "
            "one of them out"
        )
    if options.shadows:
        raise ServePlanError(
            "--shadow does not go with --cluster: a shadow follows the rooms of one process, and those of a "
            "cluster move; leave one of them out"
        )


def _check_file(config: ProjectConfig, project: Path, name: str, target: str) -> None:
    """Raise an error if the project's file names a party's file that does not exist."""
    field = "main" if name == "main" else f"parties.{name}"
    place = f"{config.file_name}: `{field}`"
    try:
        file = parse_target(target).file
    except TargetError as error:
        raise ServePlanError(f"{place}: {error}") from None
    if file is not None and not os.path.isfile(project / file):
        what = "is a folder; name a Python file in it" if os.path.isdir(project / file) else "does not exist"
        raise ServePlanError(f"{place} is {target!r}, but {(project / file).absolute()} {what}")
