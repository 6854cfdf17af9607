"""Names of modules, and of what is in them, in strings: `mock.patch("app.chat.on_message")`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from pkcodemods.source.import_scanning import IMPORTING
from pkcodemods.source.modules import SourceModule
from pkcodemods.source.program import Program

_PATH = re.compile(r"(\.*)([^\W\d]\w*(?:[.:][^\W\d]\w*)*)")


def named_in_strings(program: Program, module: SourceModule) -> Iterator[tuple[SourceModule, str | None]]:
    """The modules that strings of a module may name, each with the name that is taken of it, if one is.

    Only modules count that use a function which takes such names; rather too many are given than too few.

    Args:
        program: the modules.
        module: the one whose strings are looked at.
    """
    words = {_word(node) for node in module.nodes if isinstance(node, (cst.Name, cst.Attribute))}
    if words.isdisjoint(IMPORTING):
        return
    for node in module.nodes:
        text = node.evaluated_value if isinstance(node, cst.SimpleString) else None
        path = _PATH.fullmatch(text) if isinstance(text, str) else None
        if path is None:
            continue
        level, name = len(path[1]), path[2].replace(":", ".")
        if level:
            name = ".".join([*(_said_package(program, node) or _package(module, level)), name])
        elif "." not in name and not _is_argument_of_import(program, node):
            continue
        yield from ((source, taken) for source, taken in program.meant(name, module) if source is not module)


def _word(node: cst.Name | cst.Attribute) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value


def _package(module: SourceModule, level: int) -> list[str]:
    own = (module.name or "").split(".")
    package = own if module.is_package else own[:-1]
    return package[: len(package) - level + 1]


def _said_package(program: Program, node: cst.CSTNode) -> list[str]:
    """The package that is said beside a relative name: `import_module(".chat", "app")`."""
    call = program.parents.get(program.parents[node])
    values = [argument.value for argument in call.args[1:2]] if isinstance(call, cst.Call) else []
    texts = [value.evaluated_value for value in values if isinstance(value, cst.SimpleString)]
    return str(texts[0]).split(".") if texts else []


def _is_argument_of_import(program: Program, node: cst.CSTNode) -> bool:
    argument = program.parents[node]
    call = program.parents.get(argument)
    if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
        return False
    return isinstance(call.func, (cst.Name, cst.Attribute)) and _word(call.func) in IMPORTING
