"""The interpreter that is forked: `interpreter.py SOCKET MODULE...` imports modules, then waits for starts.

A start arrives with the standard streams of its process; the answer is the process id. The process is the
child of a child that has ended, so that it becomes one of the worker's, which adopts orphans meanwhile.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType


@dataclass(frozen=True)
class Start:
    """What is started: the arguments after `-m`, and where.

    Attributes:
        line: the whole command line.
        session: whether the process leads a session of its own.
    """

    module: str
    arguments: list[str]
    line: list[str]
    folder: str
    environment: dict[str, str]
    session: bool


def serve(worker: socket.socket) -> Start:
    """Fork for each start; returns what to run, in the process that is to run it."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(worker, 1 << 20, 3)
        if not data:
            os._exit(0)
        start = Start(**json.loads(data))
        if middle := os.fork():
            os.waitpid(middle, 0)
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        middle = os.getpid()
        if os.fork():
            os._exit(0)
        while os.getppid() == middle:
            time.sleep(0.0002)
        worker.send(str(os.getpid()).encode())
        become(start, descriptors)
        return start


def become(start: Start, streams: list[int]) -> None:
    """Make this process what `subprocess` would have started."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.closerange(3, max(streams) + 1000)
    if start.session:
        os.setsid()
    os.chdir(start.folder)
    for name in os.environ.keys() - start.environment.keys():
        del os.environ[name]
    os.environ.update(start.environment)
    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd()
    sys.orig_argv = start.line


def prepare(start: Start) -> tuple[object, ModuleType]:
    """A module's code and the `__main__` that it runs in, as `python -m` has it."""
    spec = find_spec(start.module)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_spec(f"{start.module}.__main__")
    assert spec is not None
    main = ModuleType("__main__")
    main.__dict__.update(__spec__=spec, __loader__=spec.loader, __file__=spec.origin, __package__=spec.parent)
    sys.modules["__main__"] = main
    sys.argv[:] = [spec.origin or "", *start.arguments]
    return spec.loader.get_code(spec.name), main  # type: ignore[union-attr]


if __name__ == "__main__":
    connection = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.freeze()
    code, module = prepare(serve(connection))
    connection.detach()
    exec(code, module.__dict__)  # type: ignore[arg-type]
