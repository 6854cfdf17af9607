"""A process that is forked from a warm interpreter is like one that is started cold; modules start cold."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.warm_start import CHILDREN, PRELOADED, WarmStarts, cold_starts

PROBE = ("pkcompat.child_process", "warm_start_probe")
SOURCE = """
import asyncio, json, os, signal, sys, threading, warnings

def main():
    seen = {
        "argv": sys.argv, "orig_argv": sys.orig_argv, "flags": list(sys.flags), "path": sys.path,
        "main": [sys.modules["__main__"].__spec__.name, sys.modules["__main__"].__file__, __name__],
        "folder": os.getcwd(), "environment": dict(os.environ), "sessions": os.getsid(0) == os.getpid(),
        "leads": os.getpgid(0) == os.getpid(), "parent": os.getppid(), "filters": repr(warnings.filters),
        "files": sorted(os.listdir("/proc/self/fd")), "hash": hash("text"), "umask": os.umask(0o22),
        "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())), "threads": threading.active_count(),
        "streams": [
            [s.encoding, s.errors, s.line_buffering, s.write_through, s.isatty(), s.seekable(),
             type(s.buffer).__name__]
            for s in (sys.stdin, sys.stdout, sys.stderr)
        ],
    }
    print(json.dumps(seen), flush=True)
    print("told", file=sys.stderr)
    match sys.stdin.readline().strip():
        case "raise": raise ValueError("no")
        case "exit": sys.exit(3)
        case "leave": os._exit(4)
        case "wait": sys.stdin.read()
        case "loop": asyncio.run(asyncio.sleep(0))
"""


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "warm_start_probe.py").write_text(SOURCE)
    monkeypatch.setitem(PRELOADED, PROBE, ("pkcompat.child_process",))
    return tmp_path


def forked() -> int:
    warm = getattr(subprocess, "_fork_exec", None)
    return warm.forked if isinstance(warm, WarmStarts) else pytest.skip("starts are cold here")


def run(
    folder: Path, word: str, *flags: str, session: bool, **environment: str
) -> tuple[dict[str, object], int, str]:
    done = subprocess.run(
        [sys.executable, *flags, "-m", *PROBE],
        input=f"{word}\n",
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
        start_new_session=session,
        timeout=60,
        check=False,
    )
    seen = json.loads(done.stdout)
    if "PYTHONHASHSEED" not in environment:
        del seen["hash"]
    return seen, done.returncode, done.stderr.splitlines()[-1]


@pytest.mark.parametrize("word", ["raise", "exit", "leave", "wait", "loop"])
def test_what_a_process_sees_and_how_it_ends_are_the_same(probe: Path, word: str) -> None:
    how = {"session": word == "wait", "XDG_CACHE_HOME": word}
    if word == "exit":
        how["PYTHONHASHSEED"] = "0"
    flags = ("-u",) if word == "exit" else ()
    before = forked()
    warm = run(probe, word, *flags, **how)  # type: ignore[arg-type]
    assert forked() == before + 1
    with cold_starts():
        cold = run(probe, word, *flags, **how)  # type: ignore[arg-type]
    assert [(name, value, cold[0][name]) for name, value in warm[0].items() if value != cold[0][name]] == []
    assert warm[1:] == cold[1:]
    assert forked() == before + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(probe: Path, number: signal.Signals) -> None:
    before = forked()
    for context in (nullcontext(), cold_starts()):
        with context:
            pipe = subprocess.PIPE
            with subprocess.Popen(
                [sys.executable, "-m", *PROBE], stdin=pipe, stdout=pipe, stderr=pipe, cwd=probe
            ) as process:
                assert process.stdin is not None
                assert process.stderr is not None
                process.stdin.write(b"wait\n")
                process.stdin.flush()
                assert process.stderr.readline() == b"told\n"
                assert process.poll() is None
                process.send_signal(number)
                assert process.wait(60) == -number
    assert forked() == before + 1


async def test_an_event_loop_hears_of_its_end(probe: Path) -> None:
    before = forked()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *PROBE, stdin=pipe, stdout=pipe, stderr=pipe, cwd=probe
    )
    out, _ = await process.communicate(b"exit\n")
    assert process.returncode == 3
    assert json.loads(out)["parent"] == os.getpid()
    assert forked() == before + 1


def test_a_start_with_another_environment_is_cold(probe: Path) -> None:
    before = forked()
    run(probe, "exit", session=False, PYTHONWARNINGS="error")
    assert forked() == before


@pytest.mark.parametrize("module", CHILDREN)
def test_a_child_starts_cold(module: str) -> None:
    command = [sys.executable, "-P", "-u", "-m", "pkcompat.child_process", module]
    with cold_starts():
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert b"EOFError" in done.stderr or done.returncode == 0


@pytest.mark.parametrize("command", ["migrate", "scan", "serve", "verify", "watch"])
def test_a_command_starts_cold(tmp_path: Path, command: str) -> None:
    with cold_starts():
        done = subprocess.run(
            [sys.executable, "-m", "pkcompat", command, "nowhere.py"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
