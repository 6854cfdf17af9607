"""The output of `pkcompat watch`."""

from rich.text import Text

from pkcompat.command.output import show_error, stderr_console, stdout_console
from pkcompat.serving import Address
from pkcompat.watch import Problem, WatchPlan


def show_watch(address: Address, plan: WatchPlan) -> None:
    """Print the address of the page, and what is watched."""
    console = stdout_console()
    console.print(
        Text.assemble(("pkcompat", "bold green"), " shows both forms at ", (address.url, "bold")),
        soft_wrap=True,
    )
    console.print(Text.assemble(("  old  ", "cyan"), plan.forms.old), soft_wrap=True)
    made = f" as the codemod makes it ({plan.outcome})" if plan.outcome is not None else ""
    console.print(Text.assemble(("  new  ", "cyan"), plan.forms.new, made), soft_wrap=True)
    for pattern in plan.forms.rules.texts:
        console.print(
            Text.assemble(("  not compared: what matches ", "dim"), pattern.pattern), soft_wrap=True
        )
    console.print(Text("Ctrl-C stops it.", "dim"))


def show_problem(problem: Problem) -> None:
    """Print why the forms cannot run."""
    show_error(problem.message, problem.detail)
    stderr_console().print(Text("waiting for a change", "yellow"))
