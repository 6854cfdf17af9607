"""The server process: the command's own, or a child that `--reload` restarts."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from starlette.types import ASGIApp

from partyserver.rooms import defines
from pkcompat.command.json_log import log_recording, log_shadow, log_start, logger
from pkcompat.command.output import show_error, show_warning
from pkcompat.command.output_streams import show_any_character
from pkcompat.command.serve_output import (
    configure_logging,
    ending,
    show_change,
    show_end,
    show_recording,
    show_shadow,
    show_start,
    show_unavailable,
    shown_storage,
)
from pkcompat.errors import PkcompatError
from pkcompat.project import (
    LoadedParty,
    ModuleLoader,
    load_parties,
    load_tool_settings,
    make_host,
    parse_target,
)
from pkcompat.recording import RecordedServing, numbered, refuse_to_overwrite
from pkcompat.serving import (
    STOP_SIGNALS,
    TOKEN,
    Grace,
    LogFormat,
    Reloader,
    RequestLog,
    ServeOptions,
    ServePlan,
    Unavailable,
    address_of,
    choose_cluster,
    guarded,
    joining,
    listen,
    listen_for_admin,
    make_plan,
    open_storage,
    serve,
    watched_folders,
)
from pkcompat.shadow import Shadow, ShadowedParties, ShadowError, ShadowOptions, shadowed_parties


def serve_here(options: ServeOptions) -> None:
    """Serve in this process until a signal.

    Raises:
        PkcompatError: the server cannot start; the message says why.
    """
    _serve(options)


def serve_with_reload(options: ServeOptions) -> None:
    """Serve in a child process, restarted whenever the project's files change, until a signal.

    Raises:
        PkcompatError: the project's files or the command line cannot be used, or the port is taken.
    """
    plan = make_plan(options, Path.cwd())
    if options.record is not None:
        refuse_to_overwrite(options.record)
    files = [parse_target(target).file for target in plan.hosting.parties.values()]
    folders = watched_folders(Path.cwd(), [file for file in files if file is not None])
    with listen(options.host, plan.port) as listener:
        reloader = Reloader(
            serve_supervised,
            (options, listener),
            grace=options.grace,
            on_change=show_change,
            on_end=show_end,
            stand_in=(serve_end, (options, listener)),
        )
        reloader.run(folders)


def serve_supervised(options: ServeOptions, listener: socket.socket) -> None:
    """Run as a child process of `serve_with_reload`; it ends with its parent.

    If the parties cannot be served, all requests are answered with the reason: the error shows in the browser
    that is open anyway.
    """
    show_any_character()
    # a recording is never overwritten, so each restart writes a file of its own
    record = numbered(options.record) if options.record is not None else None
    try:
        _serve(
            replace(options, record=record),
            listener,
            signals=(signal.SIGTERM,),
            stop_when_readable=_parent(),
        )
    except PkcompatError as error:
        show_error(str(error), error.detail)
        reason = f"{error.detail}\n\n{error}" if error.detail else str(error)
        _serve_reason(f"{reason}\n", options, listener)


def serve_end(options: ServeOptions, listener: socket.socket, exit_code: int) -> None:
    """Stand in for a child process of `serve_with_reload` that ended by itself; requests are answered 503.

    Args:
        options: the command line.
        listener: the listening socket.
        exit_code: the exit code of the process.
    """
    show_any_character()
    _serve_reason(f"{ending(exit_code)}\n", options, listener)


def _serve_reason(reason: str, options: ServeOptions, listener: socket.socket) -> None:
    serve(
        Unavailable(reason, to_everyone=options.debug),
        listener,
        on_started=show_unavailable,
        grace=options.grace,
        signals=(signal.SIGTERM,),
        stop_when_readable=_parent(),
    )


def _parent() -> int | None:
    """A file descriptor that becomes readable when the parent process ends."""
    parent = multiprocessing.parent_process()
    return parent.sentinel if parent is not None else None


def _plan(options: ServeOptions) -> ServePlan:
    configure_logging(
        requests=not options.quiet, level=options.log_level.number, log_format=options.log_format
    )
    plan = make_plan(options, Path.cwd())
    for warning in plan.warnings:
        _warn(options, warning)
    return plan


def _warn(options: ServeOptions, text: str) -> None:
    if options.log_format is LogFormat.JSON:
        logger.warning(text)
    else:
        show_warning(text)


def _serve(
    options: ServeOptions,
    listener: socket.socket | None = None,
    *,
    signals: tuple[signal.Signals, ...] = STOP_SIGNALS,
    stop_when_readable: int | None = None,
) -> None:
    plan = _plan(options)
    # Everything that can fail comes before the first client: the imports, the port, the shadow.
    forms = shadowed_parties(plan.hosting.parties, options.shadows, promote=options.promote)
    parties = load_parties(replace(plan.hosting, parties=forms.answering), ModuleLoader(forms.sources))
    if plan.hosting.crons and not ("main" in parties and defines(parties["main"].server_class, "on_cron")):
        _warn(options, "there are crons, but the party `main` has no on_cron; they do not run")
    listener = listener or listen(options.host, plan.port)
    address = address_of(listener)
    admin = None if options.admin is None else listen_for_admin(options.admin, os.environ)
    shadow = _shadow(options, forms)
    shares = Grace(options.grace)
    cluster = choose_cluster(options.cluster, address, options.storage_memory)
    storage = None
    if cluster is None:
        storage = open_storage(plan.storage, options.durability, options.storage_memory)
    host = make_host(plan.hosting, parties, storage, shadow=shadow, cluster=cluster)
    admin_address = None if admin is None else address_of(admin)

    storage_name = shown_storage(plan) if cluster is None else cluster.shown_dsn

    def started() -> None:
        if options.log_format is LogFormat.JSON:
            log_start(
                address, parties, storage_name, shadows=forms.told, record=options.record, admin=admin_address
            )
        else:
            show_start(address, parties, plan, options.record, forms.told, cluster, admin_address)

    with _recorded(options, plan, parties, host) as recorded, joining(cluster, recorded) as app:
        serve(
            app if options.quiet else RequestLog(app, in_cluster=cluster is not None),
            listener,
            on_started=started,
            # a shadow catches up within the time for draining, so that the grace time holds
            drain=host.drain if shadow is None else lambda seconds: host.drain(seconds - shares.shadowing),
            grace=options.grace,
            limits=options.limits,
            signals=signals,
            stop_when_readable=stop_when_readable,
            beside=None if admin is None else (guarded(host.admin, admin, os.environ.get(TOKEN)), admin),
        )
    if shadow is not None:
        (log_shadow if options.log_format is LogFormat.JSON else show_shadow)(shadow.report())


def _shadow(options: ServeOptions, forms: ShadowedParties) -> Shadow | None:
    """Start the shadow that the options ask for, if any; its parties are imported."""
    if not forms.shadows:
        return None
    masks = load_tool_settings([Path.cwd()]).record
    shadow = Shadow(
        forms.shadows,
        ShadowOptions(
            ignore=options.ignore,
            differences=options.differences,
            finish=Grace(options.grace).shadowing,
            masks=masks,
        ),
    )
    try:
        shadow.prepare()
    except ShadowError as error:
        raise ShadowError(f"the shadow cannot be run: {error}", error.detail) from None
    return shadow


@contextmanager
def _recorded(
    options: ServeOptions, plan: ServePlan, parties: Mapping[str, LoadedParty], app: ASGIApp
) -> Iterator[ASGIApp]:
    """The application; recorded while the context lasts if the options ask for it."""
    if options.record is None:
        yield app
        return
    masks = load_tool_settings([Path.cwd()]).record
    recorded = RecordedServing(options.record, options.record_limit, masks, plan.hosting, parties)
    try:
        yield recorded.wrapped(app)
    finally:
        (log_recording if options.log_format is LogFormat.JSON else show_recording)(recorded.end())
