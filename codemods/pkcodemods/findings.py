"""Builds findings: fills in their texts, and says where they are."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pkcodemods
from pkcodemods.errors import SourceError
from pkcodemods.finding_codes import FINDING_CODES, FindingCode
from pkcodemods.objections import FileLeft, Objection
from pkcodemods.result import Finding

if TYPE_CHECKING:  # importing libcst is slow, and reporting findings does without
    import libcst as cst


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding at a node of the tree, whose line and column are looked up when it is reported."""

    code: FindingCode
    node: cst.CSTNode
    message: str
    help: str


def problem(code: str, node: cst.CSTNode, **values: str) -> Problem:
    """A finding at a node, its texts filled in."""
    entry = FINDING_CODES[code]
    return Problem(entry, node, entry.message.format(**values), entry.help.format(**values))


def objection(found: Objection, node: cst.CSTNode) -> Problem:
    """The finding of an objection to the party at a node."""
    name = f"`{found.party}`" if found.party else "the module"
    return problem(found.code, node, name=name, what=found.what)


def possible_party(node: cst.CSTNode, party: str) -> Problem:
    """The finding of an object that may be a party; without a name of the module itself."""
    name = f"`{party}`" if party else "The module"
    sign = (
        f"annotate it (`{party}: PartyKitServer = ...`)" if party else "import something of `partykit.server`"
    )
    return problem("PK117", node, name=name, sign=sign)


def left(reason: FileLeft, node: cst.CSTNode, party: str) -> Problem:
    """The finding of a party whose file stays as it is."""
    name = f"`{party}`" if party else "The module"
    return problem("PK407", node, name=name, what=reason.what, command=reason.command)


def left_file(reason: FileLeft) -> Finding:
    """The finding of a file without parties that stays as it is."""
    entry = FINDING_CODES["PK407"]
    message = entry.message.format(name="This file", what=reason.what)
    return Finding(entry.code, 1, 1, message, entry.help.format(command=reason.command))


def unreadable(error: SourceError) -> Finding:
    """The finding of a file that cannot be read."""
    entry = FINDING_CODES["PK901"]
    return Finding(entry.code, error.line, error.column, error.reason, entry.help)


def names_lacking(names: str) -> Finding:
    """The finding of a file without parties that would need names which it would not have."""
    entry = FINDING_CODES["PK903"]
    return Finding(entry.code, 1, 1, entry.message.format(names=names), entry.help)


def bug(error: Exception) -> Finding:
    """The finding of a file on which the codemod itself failed: the exception, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    home = Path(pkcodemods.__file__).parent
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(home)]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    entry = FINDING_CODES["PK902"]
    message = entry.message.format(reason=f"{type(error).__name__}: {error}{place}")
    return Finding(entry.code, 1, 1, message, entry.help)
