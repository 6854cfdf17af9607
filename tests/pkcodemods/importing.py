"""Importing what the codemod writes as a user would: from files, each project in a process of its own."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

Project = Mapping[str, str]
"""The sources of a project's files, by their paths."""

_SCRIPT = """
import importlib, inspect, json, os, pathlib, sys, typing, warnings
import partyserver, pkcompat, partykit.server

warnings.simplefilter("ignore")


def check(folder, name, hints):
    sys.path.insert(0, folder)
    module = importlib.import_module(name)
    owners = [module, *filter(inspect.isclass, vars(module).values())]
    for owner in [each for each in owners if each is module or each.__module__ == name]:
        for function in [getattr(each, "__func__", each) for each in vars(owner).values()]:
            if hints and inspect.isfunction(function) and function.__module__ == name:
                typing.get_type_hints(function)


for line in sys.stdin:
    problems = []
    for folder, name, hints in json.loads(line):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.dup2(2, 1)  # what modules print is no answer
                check(folder, name, hints)
            except BaseException as error:
                os.write(writer, f"{type(error).__name__}: {error}".encode()[:4000])
            os._exit(0)
        os.close(writer)
        problem = os.fdopen(reader, "rb").read().decode()
        os.waitpid(child, 0)
        problems.append(problem)
    print(json.dumps(problems), flush=True)
"""


@cache
def _process() -> subprocess.Popen[str]:
    """The process that forks one for each module; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.communicate)
    return process


def import_problems(modules: Sequence[tuple[Project, str]], *, with_hints: bool = True) -> list[str]:
    """What happens when modules are imported, and `typing.get_type_hints` is asked of all their functions.

    Args:
        modules: the modules: the project's files, and the dotted name.
        with_hints: whether to ask for the type hints.

    Returns:
        The exception of each, as text; empty where all is well.
    """
    with tempfile.TemporaryDirectory() as folder:
        requests = []
        for number, (files, name) in enumerate(modules):
            root = Path(folder, str(number))
            for path, source in files.items():
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(source, encoding="utf-8")
            requests.append((str(root), name, with_hints))
        process = _process()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(requests) + "\n")
        process.stdin.flush()
        problems: list[str] = json.loads(process.stdout.readline())
    return problems


def new_import_problems(modules: Sequence[tuple[tuple[Project, str], tuple[Project, str]]]) -> list[str]:
    """What happens when modules that the codemod wrote are imported, and did not happen before.

    Args:
        modules: the modules, before and after; each as its project's files and its dotted name.

    Returns:
        The exception of each, as text; empty where all is well, or the type hints had failed before, too.
    """
    problems = import_problems([after for _, after in modules])
    doubtful = [number for number, problem in enumerate(problems) if problem]
    before = import_problems([modules[number][0] for number in doubtful])
    at_import = import_problems([modules[number][1] for number in doubtful], with_hints=False)
    for number, was, now in zip(doubtful, before, at_import, strict=True):
        if was and not now:
            problems[number] = ""
    return problems
