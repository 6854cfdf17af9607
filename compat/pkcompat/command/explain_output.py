"""What `pkcompat explain` prints: Markdown, laid out on a terminal and as it is in a file or pipe."""

import re
from collections.abc import Iterable

from rich.markdown import Markdown
from rich.text import Text
from rich.theme import Theme

from pkcodemods.finding_codes import FINDING_CODES, FindingCode
from pkcodemods.finding_pages import FindingPage
from pkcompat.command.migrate_output import OUTCOME_STYLES
from pkcompat.command.output import stdout_console

_CODE_THEME = "ansi_dark"  # the terminal's own colours
_THEME = Theme({"markdown.code": "bold cyan"})  # on its own background; Rich's is black
_NEAR = 3
"""How many codes are named in place of one that does not exist."""


def show_codes(codes: Iterable[FindingCode]) -> None:
    """Print a line for each code: what it makes of a party, and its title."""
    console = stdout_console()
    for each in codes:
        outcome = (f"{each.outcome:<10}", OUTCOME_STYLES[each.outcome])
        console.print(Text.assemble((f"{each.code}  ", "bold"), outcome, each.title), soft_wrap=True)


def show_page(page: FindingPage) -> None:
    """Print the page of a code."""
    console = stdout_console()
    text = page.text()
    if console.is_terminal and not console.is_dumb_terminal:
        console.push_theme(_THEME)
        console.print(Markdown(text, code_theme=_CODE_THEME, hyperlinks=False))
    else:
        console.print(text, markup=False, end="", soft_wrap=True)


def did_you_mean(code: str) -> str:
    """Asks whether another code is meant by one that does not exist; nothing where none is near."""
    number = re.fullmatch(r"\D*0*(\d{3})", code)
    if number is None:
        return ""
    same_hundred = [each for each in FINDING_CODES if each[2] == number[1][0]]
    near = sorted(same_hundred, key=lambda each: abs(int(each[2:]) - int(number[1])))[:_NEAR]
    if near and near[0].endswith(number[1]):
        near = near[:1]
    return f" did you mean {' or '.join(near)}?" if near else ""
