"""Walks through a page by the letter: writes the files it shows, runs its commands, compares what they print.

On a page

- a `code-block` with a `:caption:` is the file of that name; one that is shown again replaces it. If the
  caption ends in `…`, it is a part of that file, and only looked for in it;
- a `console` block has commands behind `$ `, each followed by what it prints on standard output. `...` stands
  for anything; a command that is followed by nothing may print what it likes. A command ends
  with status 0, unless the page says `$ command; echo $?`;
- `pkcompat serve`, `pkcompat watch` and uvicorn run until the next of them, or the page's end. Then Ctrl-C
  has to end them with status 0.

Ports are replaced by free ones everywhere, `path/to/pkcompat` by this project.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from tests.mirror import ROOT

from pkcompat.serving import listen

_PORTS = re.compile(r"\b(1998|1999|2000|2001|8000|8001|8080|8443|9090)\b(?![-.]\d)")
_LASTING = re.compile(r"(?:\w+=\S+ )*(?:(?:python -m )?pkcompat (?:serve|watch)|uvicorn|python -m uvicorn)\b")
_WITH_PORT = re.compile(r"--port|--cluster dev|-h\b|--help")
_GIVEN_PORT = re.compile(r"--port[ =](\d+)")
SECONDS = 180
"""How long a command may take; installing is the longest."""


@dataclass(frozen=True)
class File:
    """A file that a page shows; a part of one if `is_part`."""

    name: str
    text: str
    line: int
    is_part: bool = False


@dataclass(frozen=True)
class Command:
    """A command, and what it prints; None where the page does not show it."""

    text: str
    printed: str | None
    line: int


def steps(page: str) -> Iterator[File | Command]:
    """What a page asks its reader to do, in order."""
    for token in MarkdownIt().parse(page):
        if token.type != "fence" or token.map is None:
            continue
        line = token.map[0] + 1
        if token.info.strip() == "console":
            yield from _commands(token.content, line)
        elif token.info.startswith("{code-block}") and (shown := _captioned(token.content, line)):
            yield shown


def _captioned(content: str, line: int) -> File | None:
    options, _, text = content.partition("\n\n") if content.startswith(":") else ("", "", content)
    match = re.search(r"^:caption: *(.*?)(…?) *$", options, re.MULTILINE)
    return File(match[1].strip(), text, line, bool(match[2])) if match else None


def _commands(content: str, line: int) -> Iterator[Command]:
    for match in re.finditer(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n?)*)", content, re.MULTILINE):
        yield Command(match[1], match[2] or None, line + 1 + content.count("\n", 0, match.start()))


@dataclass
class Walk:
    """The folder in which a page is followed, and what runs there.

    Attributes:
        folder: where its reader stands.
        environment: variables beside those of this process; `PATH` finds this project's commands first.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _ports: dict[str, str] = field(default_factory=dict)
    _lasting: subprocess.Popen[bytes] | None = None

    def follow(self, page: Path) -> None:
        """Do what a page says, to its end.

        Raises:
            AssertionError: something does not happen as it is shown; it names page and line.
        """
        with ExitStack() as at_the_end:
            at_the_end.callback(self._kill)
            for step in steps(page.read_text(encoding="utf-8")):
                where = f"{page.relative_to(ROOT)}:{step.line}"
                if isinstance(step, File):
                    self._write(step, where)
                else:
                    self._run(step, where)
            self._stop(f"{page.relative_to(ROOT)}: at its end")

    def _write(self, file: File, where: str) -> None:
        path, text = self.folder / file.name, self._placed(file.text)
        if file.is_part:
            assert text.strip() in path.read_text(encoding="utf-8"), f"{where}: {file.name} has no such part"
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _run(self, command: Command, where: str) -> None:
        text = self._placed(command.text)
        printed = None if command.printed is None else self._placed(command.printed)
        if _LASTING.match(text):
            self._stop(where)
            self._start(text, printed, where)
            return
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self.folder,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        told = f"{where}: {text}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, f"{told}\nexit status {done.returncode}"
        assert printed is None or _is_shown(done.stdout, printed), f"{told}\nis not\n{printed}"

    def _start(self, text: str, printed: str | None, where: str) -> None:
        if not _WITH_PORT.search(text) and "pkcompat" in text:
            text += f" --port {self._port('1998' if 'watch' in text else '1999')}"
        output, errors = self._home / "output", self._home / "errors"
        with output.open("wb") as out, errors.open("wb") as err:
            self._lasting = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.folder,
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        end = time.monotonic() + 60
        port = _GIVEN_PORT.search(text)
        while not (
            _is_shown(got := output.read_text(encoding="utf-8"), printed or "...")
            and (port is None or _listens(int(port[1])))
        ):
            told = f"{where}: {text}\n{got}{errors.read_text(encoding='utf-8')}"
            assert self._lasting.poll() is None, f"{told}\nit ended"
            assert time.monotonic() < end, f"{told}\nis not\n{printed}"
            time.sleep(0.02)

    def _stop(self, where: str) -> None:
        if self._lasting is not None:
            self._lasting.send_signal(signal.SIGINT)
            status = self._lasting.wait(30)
            self._lasting = None
            assert status == 0, f"{where}: Ctrl-C brings exit status {status}"

    def _kill(self) -> None:
        if self._lasting is not None:
            self._lasting.kill()
            self._lasting.wait()
            self._lasting = None

    def _variables(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PKCOMPAT"))
        }
        return {
            **kept,
            "HOME": str(self._home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **self.environment,
        }

    @property
    def _home(self) -> Path:
        home = self.folder.with_name(f"{self.folder.name}-home")
        home.mkdir(exist_ok=True)
        return home

    def _placed(self, text: str) -> str:
        """The text with ports that are free, and with this project's folder."""
        return _PORTS.sub(lambda match: self._port(match[0]), text).replace("path/to/pkcompat", str(ROOT))

    def _port(self, shown: str) -> str:
        if shown not in self._ports:
            with listen() as free:
                self._ports[shown] = str(free.getsockname()[1])
        return self._ports[shown]


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _is_shown(printed: str, shown: str) -> bool:
    """Whether it is what is shown, but for blanks and line breaks."""
    pieces = (re.escape(" ".join(piece.split())) for piece in shown.split("..."))
    return re.fullmatch(".*".join(pieces), " ".join(printed.split())) is not None
