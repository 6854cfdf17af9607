"""The consoles, and how errors and warnings are printed."""

import os
import shutil
from collections.abc import Iterator

from rich.console import (
    Console,
    ConsoleDimensions,
    ConsoleOptions,
    ConsoleRenderable,
    RenderableType,
    RenderHook,
)
from rich.segment import Segment
from rich.text import Text

_LINE_ENDS_AND_TABS = "\n\t"
_UNBROKEN = 1_000  # columns: in files and pipes no line is wrapped


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path on one line, whose control characters are escaped: no name can feign another line or colour."""
    text = os.fspath(path)
    return text if text.isprintable() else _escaped(text, "")


def shown_text(text: str) -> str:
    """A message, which may have several lines; what a terminal would obey is escaped."""
    return text if text.isprintable() else _escaped(text, _LINE_ENDS_AND_TABS)


def _escaped(text: str, kept: str) -> str:
    return "".join(each if each in kept or each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return ascii(character)[1:-1]


def amount(count: int, noun: str) -> str:
    """How many of something: `1 room`, `2,000 rooms`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def stdout_console() -> Console:
    """A console for results; lines are wrapped on a terminal only."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """A console for errors and notes; lines are wrapped on a terminal only."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    plain = bool(os.environ.get("NO_COLOR"))  # https://no-color.org; Rich would still write bold
    console = Console(stderr=stderr, highlight=False, emoji=False, color_system=None if plain else "auto")
    console.push_render_hook(_Escaping())
    if console.is_dumb_terminal:
        console.size = ConsoleDimensions(*shutil.get_terminal_size())  # which Rich takes for 80 columns wide
    if not console.is_terminal:
        console.soft_wrap = True
        console.width = _UNBROKEN
    return console


class _Escaping(RenderHook):
    """Escapes what a terminal would obey in all that is printed, whoever wrote it: a traffic file, a party's
    output, a recorded answer. The colours are Rich's own, and are added behind this."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Escaped(each) for each in renderables]


class _Escaped:
    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._renderable, options):
            is_safe = segment.control or segment.text.isprintable()
            yield segment if is_safe else Segment(shown_text(segment.text), segment.style)


def show_error(message: str, detail: str = "") -> None:
    """Print an error to standard error, after the traceback of the user's code if there is one."""
    console = stderr_console()
    if detail:
        console.print(Text(shown_text(detail)), soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), shown_text(message)), soft_wrap=True)


def show_warning(message: str) -> None:
    """Print a warning to standard error: probably a mistake, but the command goes on."""
    stderr_console().print(Text.assemble(("warning: ", "bold yellow"), shown_text(message)), soft_wrap=True)
