"""`pkcompat serve`: host parties of either form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pkcompat.command.cluster_options import (
    AdvertiseOption,
    ClusterOption,
    LeaseOption,
    NamespaceOption,
)
from pkcompat.command.limit_options import size, with_limits
from pkcompat.command.options import (
    LONGEST,
    EnvOptions,
    IgnoreOptions,
    OriginOptions,
    PartyOptions,
    check_origins,
    names_with_targets,
    pairs,
    patterns,
)


# Typer takes the options from the signature, one parameter an option; hence the length.
@with_limits
def serve(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="TARGET",
            help="The party `main`: path/to/file.py[:attribute] or package.module[:attribute].",
            show_default=False,
        ),
    ] = None,
    party: PartyOptions = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="The TCP port to listen on; 0 takes a free one. [default: 1999]", min=0, max=65535),
    ] = None,
    env: EnvOptions = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|memory",
            help="Where rooms are stored: a SQLite file, or a folder for one, or `memory` (lost at exit). "
            "[default: .pkcompat/]",
            show_default=False,
        ),
    ] = None,
    durability: Annotated[
        Literal["process", "power"],
        typer.Option(
            help="Stored data survives a `kill -9`, or also a power failure (slower); in a "
            "cluster PostgreSQL decides."
        ),
    ] = "process",
    storage_memory: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            parser=size,
            help="How much of what is stored is kept in memory; what was used last stays.",
        ),
    ] = "32MiB",
    idle_timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.0,
            max=LONGEST,
            help="After how long without an event a room of a hibernating party goes to sleep.",
        ),
    ] = 10.0,
    allow_origin: OriginOptions = None,
    cors: Annotated[
        bool,
        typer.Option(
            "--cors",
            help="Let the pages that may come in read the answers to HTTP requests; answer their preflights.",
        ),
    ] = False,
    cron_requests: Annotated[
        Literal["loopback", "anyone", "nobody"],
        typer.Option(
            metavar="WHO",
            help="Who may have a cron run by a request: loopback (clients on this machine that no proxy "
            "serves), anyone or nobody.",
        ),
    ] = "loopback",
    reload: Annotated[
        bool,
        typer.Option(
            "--reload", help="Restart when Python files, `partykit.json` or `.env` of the folder change."
        ),
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Record what clients do in a new traffic file, for `verify --traffic`. Secrets in headers "
            "and queries are masked; messages and bodies are not.",
            show_default=False,
        ),
    ] = None,
    record_limit: Annotated[
        float, typer.Option(metavar="MB", min=0.001, max=1e6, help="The maximum size of a recording.")
    ] = 16.0,
    shadow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=TARGET]",
            help="Follow a party with its other form, in a process of its own: TARGET, or what the codemod "
            "makes of the party. Every difference is reported; clients do not notice. Can be repeated.",
            show_default=False,
        ),
    ] = None,
    promote: Annotated[
        bool,
        typer.Option("--promote", help="Swap the roles: the other form answers, the current one follows."),
    ] = False,
    ignore: IgnoreOptions = None,
    differences: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Where differences of a shadow are saved as traffic files."),
    ] = Path(".pkcompat/differences"),
    grace: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.0,
            max=LONGEST,
            help="How long running handlers may take to finish after Ctrl-C or SIGTERM.",
        ),
    ] = 5.0,
    cluster: ClusterOption = None,
    advertise: AdvertiseOption = None,
    cluster_namespace: NamespaceOption = "pkcompat",
    lease: LeaseOption = 3.0,
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="[HOST:]PORT",
            help="Serve health, metrics, rooms and actions there, for this machine alone; with a HOST that "
            "others reach, for those with the token of the variable PKCOMPAT_ADMIN_TOKEN.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not log requests and sockets.")] = False,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        typer.Option(
            metavar="LEVEL",
            case_sensitive=False,
            help="The lowest level of parties' log records to show: debug, info, warning, error or critical.",
        ),
    ] = "info",
    log_format: Annotated[
        Literal["text", "json"],
        typer.Option(
            metavar="text|json",
            help="How to log: for people, or one JSON object a line, all to standard error.",
        ),
    ] = "text",
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Send clients the messages of unexpected exceptions, as PartyKit does."),
    ] = False,
    *,
    limits: Mapping[str, Any],
) -> None:
    """Host parties of either form.

    Parties, variables, crons, port, storage and static files are also read from the `partykit.json` of the
    current folder, variables from `.env` and `.env.local` as well; the command line wins.
    """
    from partyserver import Limits
    from pkcompat.command.cluster_options import cluster_options
    from pkcompat.command.serve_process import serve_here, serve_with_reload
    from pkcompat.serving import TRIAL, LogFormat, LogLevel, ServeOptions

    check_origins(allow_origin)
    shadows = names_with_targets(shadow, "--shadow")
    if not shadows and (promote or ignore):
        raise typer.BadParameter(
            "needs a shadow; name one with --shadow", param_hint="--promote" if promote else "--ignore"
        )
    if log_format == "json" and (reload or cluster == TRIAL):
        other = "--reload" if reload else f"--cluster {TRIAL}"
        raise typer.BadParameter(
            f"does not go with {other}, whose output is for people", param_hint="--log-format"
        )
    options = ServeOptions(
        target=target,
        parties=dict(pairs(party, "--party")),
        host=host,
        port=port,
        env=dict(pairs(env, "--env")),
        debug=debug,
        storage=storage,
        durability=durability,
        storage_memory=int(storage_memory),
        idle_timeout=idle_timeout,
        grace=grace,
        quiet=quiet,
        log_level=LogLevel(log_level),
        log_format=LogFormat(log_format),
        record=record,
        record_limit=round(record_limit * 1_000_000),
        shadows=shadows,
        promote=promote,
        ignore=patterns(ignore),
        differences=differences,
        limits=Limits(**limits),
        allow_origins=tuple(allow_origin or ("*",)),
        cors=cors,
        cron_requests=cron_requests,
        cluster=cluster_options(cluster, advertise, cluster_namespace, lease),
        admin=admin,
    )
    if cluster == TRIAL:
        from pkcompat.command.serve_trial import serve_trial

        serve_trial(options)
    elif reload:
        serve_with_reload(options)
    else:
        serve_here(options)
