"""What a migration reports."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field


class Outcome(enum.StrEnum):
    """What became of a party or of a module."""

    REWRITTEN = "rewritten"
    RESIDUE = "residue"
    WRAPPED = "wrapped"
    UNTOUCHED = "untouched"
    ERROR = "error"


class Form(enum.StrEnum):
    """How a party is written."""

    DICT = "dict"
    DICT_CALL = "dict call"
    SERVER_CALL = "PartyKitServer call"
    NAMESPACE = "namespace"
    INSTANCE = "instance"
    MODULE = "module"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about a place in the source.

    Attributes:
        code: a stable code, such as `PK101`.
        line: from 1, in the source as it was.
        column: from 1, in characters.
        message: one sentence: what is there, and why it matters.
        help: one sentence: what to do by hand.
    """

    code: str
    line: int
    column: int
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class PartyResult:
    """What became of one party.

    Attributes:
        name: the exported name; empty where the module itself is the object.
        form: how it was written.
        handlers: its handlers by their names in the class form, in the order of the object.
        outcome: `rewritten`, `residue`, `wrapped` or `untouched`.
        findings: why it is not simply `rewritten`, and notes.
    """

    name: str
    form: Form
    handlers: tuple[str, ...]
    outcome: Outcome
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What became of one module.

    Attributes:
        outcome: the module's outcome: the worst of its parties', `untouched` where there is none, `error`
            where the source cannot be read.
        code: the new source; the old one where nothing changed.
        parties: its parties, in the order of the source.
        findings: those that belong to no party, such as the reason of an `error`.
    """

    outcome: Outcome
    code: str
    parties: tuple[PartyResult, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BytesResult:
    """What became of one file's bytes; see `MigrationResult`.

    Attributes:
        before: the bytes as they were.
        data: the new bytes; the old ones where nothing changed.
    """

    outcome: Outcome
    before: bytes
    data: bytes
    parties: tuple[PartyResult, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


_WORST_LAST = (Outcome.UNTOUCHED, Outcome.REWRITTEN, Outcome.RESIDUE, Outcome.WRAPPED, Outcome.ERROR)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a module whose parties have these."""
    return max(outcomes, key=_WORST_LAST.index, default=Outcome.UNTOUCHED)
