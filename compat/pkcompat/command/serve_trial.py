"""`pkcompat serve --cluster dev`: what is started, and what is told of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.text import Text

from pkcompat.clusters import NodeProcess, PrivatePostgres, Told, Trial, run_trial
from pkcompat.command.output import stderr_console, stdout_console
from pkcompat.command.serve_output import ending
from pkcompat.serving import Address, ServeOptions, address_of, listen, make_plan

_COLOURS = ("cyan", "magenta", "blue")
_FOR_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def serve_trial(options: ServeOptions) -> None:
    """Serve by nodes on this machine, until a signal.

    Raises:
        typer.BadParameter: an option is not for a trial.
        PkcompatError: the cluster cannot be started; the message says why.
    """
    _check(options)
    plan = make_plan(options, Path.cwd())
    listener = listen(options.host, plan.port)
    try:
        trial = Trial(Path.cwd(), _arguments(), listener, grace=options.grace)
        shown = _Shown(address_of(listener))
        run_trial(trial, Told(shown.line, shown.started, shown.ended, shown.stopping))
    finally:
        listener.close()


def _check(options: ServeOptions) -> None:
    assert options.cluster is not None
    refused = (
        ("--advertise", options.cluster.advertise, "each node of a trial has an address of its own"),
        ("--record", options.record, "each node would record a part; record with one process"),
        ("--host", options.host not in _FOR_THIS_MACHINE, "--cluster dev is for clients on this machine"),
    )
    for option, given, why in refused:
        if given:
            raise typer.BadParameter(why, param_hint=option)


def _arguments() -> Sequence[str]:
    """The command line after `serve`, which the nodes get as well."""
    return sys.argv[sys.argv.index("serve") + 1 :]


class _Shown:
    """Prints what the nodes print, each line with the node's name in front."""

    def __init__(self, address: Address) -> None:
        self._url = address.url
        self._served: set[str] = set()

    def line(self, node: NodeProcess, line: str) -> None:
        if line == "Ctrl-C stops it.":
            if node.starts > 1:
                self._of(node, "serves again")
            self._served.add(node.name)
        elif node.name in self._served or line.startswith(("warning: ", "error: ")):
            self._of(node, line)

    def started(self, nodes: Sequence[NodeProcess], postgres: PrivatePostgres) -> None:
        console = stdout_console()
        title = Text.assemble(
            ("pkcompat", "bold green"), f" serves by {len(nodes)} nodes at ", (self._url, "bold")
        )
        console.print(title, soft_wrap=True)
        first = nodes[0]
        for line in list(first.log)[1:-1]:
            if first.advertised in line and not line.startswith("node "):
                console.print(Text(line.replace(f"http://{first.advertised}", self._url)), soft_wrap=True)
        for node in nodes:
            console.print(
                Text(f"{node.name} is process {node.pid}, at http://{node.advertised}"), soft_wrap=True
            )
        folder = os.path.relpath(postgres.folder)
        console.print(
            Text(f"rooms in PostgreSQL, {postgres.dsn(password=False)}, kept in {folder}"), soft_wrap=True
        )
        console.print(Text("Ctrl-C stops it.", "dim"))

    def ended(self, node: NodeProcess, status: int) -> None:
        self._served.discard(node.name)
        how = ending(128 - status if status > 128 else status)
        self._of(node, f"{how}; it is started again, its rooms wake on other nodes")

    def stopping(self) -> None:
        stderr_console().print(Text("stopping the nodes, then PostgreSQL", "dim"))

    def _of(self, node: NodeProcess, line: str) -> None:
        colour = _COLOURS[int(node.name[-1]) % len(_COLOURS)]
        stdout_console().print(Text.assemble((f"{node.name} | ", colour), line), soft_wrap=True)
