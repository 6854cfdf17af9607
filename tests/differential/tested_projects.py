"""Running the tests of projects in processes of their own, in which what they need is imported already."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# A child process for each request imports modules, asks for the types of their functions, and runs pytest.
_SCRIPT = """
import importlib, inspect, json, os, sys, tempfile, typing, warnings

warnings.simplefilter("ignore")
import pytest, _pytest.assertion.rewrite, starlette.testclient, partyserver, partykit.server, pkcompat


def check(name):
    module = importlib.import_module(name)
    for owner in [module, *(each for each in vars(module).values() if inspect.isclass(each))]:
        for function in [getattr(each, "__func__", each) for each in list(vars(owner).values())]:
            if inspect.isfunction(function) and function.__module__ == name:
                if "TYPE_CHECKING" not in inspect.getsource(module):
                    typing.get_type_hints(function)


def run(folder, modules):
    os.chdir(folder)
    sys.dont_write_bytecode = True
    sys.path[:0] = [folder, os.path.join(folder, "src")]
    for module in modules:
        check(module)
    return pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", "."])


for line in sys.stdin:
    folder, modules = json.loads(line)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            status = 1
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            try:
                status = int(run(folder, modules))
            except BaseException:
                sys.excepthook(*sys.exc_info())
            sys.stdout.flush()
            os._exit(status)
        passes = os.waitpid(child, 0)[1] == 0
        output.seek(0)
        print(json.dumps([passes, output.read().decode(errors="replace")]), flush=True)
"""


class ProjectTests:
    """Runs the tests of projects."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT],
            env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, folder: Path, modules: Sequence[str] = ()) -> tuple[bool, str]:
        """Whether modules of a project can be imported, and its tests pass; and what was printed.

        Args:
            folder: the project's folder.
            modules: the modules; `typing.get_type_hints` is asked of all their functions.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), list(modules)]) + "\n")
        self._process.stdin.flush()
        passes, output = json.loads(self._process.stdout.readline())
        return passes, output
