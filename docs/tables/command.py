"""The command line: every command with its arguments and options, read off the Typer application."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer.main
from docs.tables.markdown import code, markdown_table

from pkcompat.command.app import app

_OPTION = re.compile(r"(?<![`\w-])(--[a-z][a-z-]*)")
_DEFAULT = re.compile(r" ?\[default: (?P<value>[^\]]+)\]\.?")


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Each command, groups before what is in them: its full name, itself, and its context."""
    yield from _within("pkcompat", typer.main.get_command(app), None)


def _within(name: str, command: Any, parent: Any) -> Iterator[tuple[str, Any, Any]]:
    context = command.context_class(command, info_name=name.rpartition(" ")[2], parent=parent)
    yield name, command, context
    for each in getattr(command, "commands", {}).values():
        if not each.hidden:
            yield from _within(f"{name} {each.name}", each, context)


def reference() -> str:
    """A section for each command."""
    return "\n\n".join(_section(*command) for command in commands())


def _section(name: str, command: Any, context: Any) -> str:
    # All headings are of one level: `pkcompat storage copy` stands beside `pkcompat storage`.
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}", f"```text\n{usage}\n```", _text(command.help)]
    arguments = [each for each in command.params if each.param_type_name == "argument" and not each.hidden]
    if arguments:
        rows = [(code(each.display_name_raw), each.help or "") for each in arguments]
        parts.append(markdown_table(("Argument", "What it is"), rows))
    for panel, options in _panels(command).items():
        if panel:
            parts.append(f"**{_quoted(panel)}**")
        parts.append(
            markdown_table(("Option", "Default", "What it does"), [_row(each, context) for each in options])
        )
    parts.append(_text(command.epilog))
    return "\n\n".join(part for part in parts if part)


def _panels(command: Any) -> dict[str, list[Any]]:
    """The options by the section of the help that lists them; first those of none."""
    found: dict[str, list[Any]] = {"": []}
    for each in command.params:
        if each.param_type_name == "option" and not each.hidden:
            found.setdefault(each.rich_help_panel or "", []).append(each)
    return {panel: options for panel, options in found.items() if options}


def _row(option: Any, context: Any) -> tuple[str, str, str]:
    spellings = ", ".join(code(spelling) for spelling in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else option.display_type_rich(context)
    shown = f"{spellings} {code(value.replace(' range', ''))}" if value else spellings
    text = option.help or ""
    said = _DEFAULT.search(text)
    default = said["value"] if said else _default(option)
    return shown, default if said else code(default), _quoted(_DEFAULT.sub("", text))


def _quoted(text: str) -> str:
    """Options as code, where the text has them bare; not within code."""
    parts = text.split("`")
    parts[::2] = [_OPTION.sub(r"`\1`", part) for part in parts[::2]]
    return "`".join(parts)


def _default(option: Any) -> str:
    value = option.default
    if option.secondary_opts:
        return (option.opts if value else option.secondary_opts)[0]
    if option.is_flag or value is None or value == () or callable(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(getattr(value, "value", value))


def _text(text: str | None) -> str:
    return inspect.cleandoc(text.partition("\f")[0]) if text else ""
