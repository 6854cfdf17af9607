"""The Typer application."""

from typing import Annotated, Any

import typer

from pkcompat.command.completion import InstallCompletionOption, ShowCompletionOption, answer_shell
from pkcompat.command.examples import examples
from pkcompat.command.exit_status import WRONG_USE
from pkcompat.command.explain import explain
from pkcompat.command.help import HelpfulCommand, HelpfulGroup
from pkcompat.command.init import init
from pkcompat.command.migrate import migrate
from pkcompat.command.output_streams import open_closed_streams, report_output_errors, show_any_character
from pkcompat.command.scan import scan
from pkcompat.command.serve import serve
from pkcompat.command.storage import storage
from pkcompat.command.verify import verify
from pkcompat.command.watch import watch
from pkcompat.errors import PkcompatError


class _Commands(HelpfulGroup):
    """Reports our own errors as a message with exit status 2 instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PkcompatError as error:
            from pkcompat.command.output import show_error

            show_error(str(error), error.detail)
            raise typer.Exit(WRONG_USE) from None


app = typer.Typer(
    name="pkcompat",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(""),
    add_completion=False,  # for that which has the shell named
    pretty_exceptions_enable=False,
)
app.command(cls=HelpfulCommand, epilog=examples("init"))(init)
app.command(cls=HelpfulCommand, epilog=examples("migrate"))(migrate)
app.command(cls=HelpfulCommand, epilog=examples("scan"))(scan)
app.command(cls=HelpfulCommand, epilog=examples("explain"))(explain)
app.command(cls=HelpfulCommand, epilog=examples("serve"))(serve)
app.command(cls=HelpfulCommand, epilog=examples("verify"))(verify)
app.command(cls=HelpfulCommand, epilog=examples("watch"))(watch)
app.add_typer(storage)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pkcompat {version('pkcompat')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    show_completion: ShowCompletionOption = None,
    install_completion: InstallCompletionOption = None,
) -> None:
    """Move PartyKit parties from the object of handlers to the class, and prove that both behave the same."""


def main() -> None:
    """Run the command line; the entry point of the console script."""
    open_closed_streams()
    show_any_character()
    answer_shell()
    with report_output_errors():
        app()
