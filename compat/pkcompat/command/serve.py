"""`pkcompat serve`: host parties of either form."""

from typing import Annotated

import typer

from pkcompat.command.options import EnvOptions, PartyOptions, pairs

DEFAULT_PORT = 1999


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
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Tell clients the messages of unexpected exceptions, as PartyKit does."),
    ] = False,
) -> None:
    """Host parties of either form.

    Parties, variables, crons, port and static files are also read from the `partykit.json` of the current
    folder; the command line wins.
    """
    from pathlib import Path

    from pkcompat.command.output import show_error
    from pkcompat.command.serve_output import configure_logging, show_start
    from pkcompat.hosting import HostPlan, load_parties, make_host
    from pkcompat.project_config import FILE_NAME, load_project_config
    from pkcompat.request_log import RequestLog
    from pkcompat.serving import address_of, listen
    from pkcompat.serving import serve as serve_until_signal

    config = load_project_config(Path.cwd())
    targets = {**config.parties, **pairs(party, "--party")}
    if target is not None:
        targets = {"main": target, **{name: other for name, other in targets.items() if name != "main"}}
    if not targets:
        show_error(f"nothing to serve: name a TARGET or --party NAME=TARGET, or parties in {FILE_NAME}")
        raise typer.Exit(2)
    plan = HostPlan(
        parties=targets,
        env={**config.vars, **pairs(env, "--env")},
        crons=config.crons,
        static=config.static,
        debug=debug,
    )
    parties = load_parties(plan)
    application = make_host(plan, parties)
    if port is None:
        port = config.port if config.port is not None else DEFAULT_PORT
    listener = listen(host, port)
    address = address_of(listener)
    configure_logging()
    serve_until_signal(
        RequestLog(application), listener, on_started=lambda: show_start(address, parties, plan)
    )
