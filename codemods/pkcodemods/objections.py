"""What was found out about a party by running it, and says what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a party shall not become what the codemod would make of it.

    Attributes:
        path: the path of its file, as the codemod is given it.
        party: its exported name; empty where the module itself is the object.
        code: the code of the finding, which decides what becomes of it, such as `PK401`.
        what: what was found out, as the finding's message tells it.
    """

    path: str
    party: str
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class FileLeft:
    """Why a file stays as it is.

    Attributes:
        what: the files that it would have to change along with, as the finding's message tells it.
        command: the command that writes all of them.
    """

    what: str
    command: str
