"""Running both forms of a module under the same traffic, and looking at what the codemod left alone."""

from __future__ import annotations

import ast
import importlib
import logging
import re
import sys
import types
import warnings
from dataclasses import dataclass
from pathlib import Path

from partyserver import Host, PartyServer
from pkcodemods.api.old_names import OLD_NAMES
from pkcompat import legacy_to_class
from pkcompat.forms.virtual_time import VirtualClock, run_in_virtual_time
from pkcompat.playing.in_process_transport import InProcessTransport
from pkcompat.playing.player import play
from pkcompat.traffic.steps import Traffic
from pkcompat.traffic.transcript import Transcript

_OLD_WORD = re.compile(rf"\b(?:{'|'.join(OLD_NAMES)}|PartyKit\w+|partykit|broadcast|list|put|get)\b")


@dataclass(frozen=True)
class Seen:
    """What a form did.

    Attributes:
        transcript: what its clients saw.
        errors: the exceptions that were logged, as types and texts.
    """

    transcript: Transcript
    errors: tuple[tuple[str, str], ...]


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.errors: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            text = "" if isinstance(error, AttributeError) else str(error)  # that has the attribute's name
            self.errors.append((type(error).__name__, text.replace("Legacy", "")))


def party_of(source: str, export: str) -> type[PartyServer]:
    """The party of a module's source, in whichever form it is."""
    module = types.ModuleType("party_under_test")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old names warn
        exec(compile(source, "party_under_test.py", "exec"), module.__dict__)
        exported = getattr(module, export) if export else getattr(module, "default", module)
        return legacy_to_class(exported)


def party_in(folder: Path, path: str, export: str) -> type[PartyServer]:
    """The party of a project's file, in whichever form it is; the project's modules are imported afresh."""
    own = {file.relative_to(folder).parts[0].removesuffix(".py") for file in folder.rglob("*.py")}
    others = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] in own}
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
            return legacy_to_class(getattr(module, export) if export else module)
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        sys.modules.update(others)  # those of that name that other tests have imported


def seen_of(source: str, export: str, traffic: Traffic) -> Seen:
    """Run one form under traffic."""

    logged, logger = _Errors(), logging.getLogger("partyserver")
    logger.addHandler(logged)
    try:
        return Seen(transcript_of(party_of(source, export), traffic), tuple(logged.errors))
    finally:
        logger.removeHandler(logged)


def outside_of_party(source: str, party: frozenset[str]) -> list[str]:
    """The statements of a module, as code without formatting, that have nothing to do with its party: those
    with no old word in them, but for its imports, and what has to do with the names that make the party."""
    kept = []
    for statement in ast.parse(source).body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            continue
        text = ast.unparse(statement)
        if _OLD_WORD.search(text) or any(name in text for name in party):
            continue
        kept.append(ast.dump(statement))
    return kept


def is_kept(statements: list[str], result: str) -> bool:
    """Whether a module still has these statements, in this order."""
    there = iter(ast.dump(statement) for statement in ast.parse(result).body)
    return all(any(statement == other for other in there) for statement in statements)


def transcript_of(party: type[PartyServer], traffic: Traffic) -> Transcript:
    """What clients see of a party under some traffic, in-process and in virtual time."""

    async def main() -> Transcript:
        async with InProcessTransport(Host({"main": party}, debug=True, clock=VirtualClock())) as transport:
            return await play(traffic, transport)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return run_in_virtual_time(main())
