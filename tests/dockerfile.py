"""Reads the Dockerfile, for the tests of it and for `make dist`, which runs its steps without Docker."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

DOCKERFILE = Path(__file__).parents[1] / "Dockerfile"
_FLAG = re.compile(r"--[a-z-]+=\S+\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `HEALTHCHECK --timeout=5s CMD [...]` has the flag before its value."""

    name: str
    flags: tuple[str, ...]
    value: str

    def words(self) -> list[str]:
        """The words of a command in its exec form; of a health check those behind `CMD`."""
        words: list[str] = json.loads(self.value.removeprefix("CMD").strip())
        return words


def read_dockerfile(text: str) -> list[list[Instruction]]:
    """The stages, each with its instructions; the last stage is what is run.

    Raises:
        ValueError: a line is no instruction.
    """
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    stages: list[list[Instruction]] = []
    for line in filter(None, map(str.strip, lines.replace("\\\n", " ").splitlines())):
        name, _, value = line.partition(" ")
        if not re.fullmatch(r"[A-Z]+", name):
            raise ValueError(f"no instruction of a Dockerfile: {line!r}")
        value = value.strip()
        flags = []
        while (flag := _FLAG.match(value)) is not None:
            flags.append(flag[0].strip())
            value = value[flag.end() :]
        if name == "FROM":
            stages.append([])
        stages[-1].append(Instruction(name, tuple(flags), value))
    return stages


def the_one(stage: list[Instruction], name: str) -> Instruction:
    """The only instruction of that name."""
    (found,) = (each for each in stage if each.name == name)
    return found
