"""A child for tests: answers what it is told to until its input ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from pkcompat.child_process import Parent


def main() -> None:
    """Answer each message; a tuple `(what, argument)` says how."""
    parent = Parent()
    while True:
        try:
            what, argument = parent.receive()
        except EOFError:
            return
        match what:
            case "echo":
                parent.send(argument)
            case "environment":
                parent.send(os.environ.get(argument))
            case "print":
                print(argument)
                os.write(1, b"written\n")
                parent.send(sys.stdin.read())
            case "sleep":
                time.sleep(argument)
            case "exit":
                os._exit(argument)
            case "copy":
                command = [sys.executable, "-c", "import time; time.sleep(60)"]
                parent.send(subprocess.Popen(command).pid)
