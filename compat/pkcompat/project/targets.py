"""Targets, which are `path/to/file.py[:attribute]` or `package.module[:attribute]`, and their parties."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from pkcompat.errors import LegacyPartyError, PkcompatError
from pkcompat.legacy import described, find_parties, is_base_class, is_server_class
from pkcompat.project.module_loading import ModuleLoader, load_error
from pkcompat.traffic import nearest

if TYPE_CHECKING:
    from partyserver import PartyServer

_OTHER_LANGUAGES = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs")

Form = Literal["class", "object"]


class TargetError(PkcompatError):
    """A target does not name a party. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """The location of a party.

    Attributes:
        text: the target as it was written.
        module: the path of the file (which ends with `.py` or has a slash), or the module's dotted name.
        attribute: a (dotted) name in the module; None for `default` or the module's only party.
    """

    text: str
    module: str
    attribute: str | None

    @property
    def file(self) -> Path | None:
        """The file's path, if the target names a file."""
        separators = [separator for separator in (os.sep, os.altsep, "/") if separator]
        if self.module.endswith(".py") or any(separator in self.module for separator in separators):
            return Path(self.module)
        return None


@dataclass(frozen=True, slots=True)
class LoadedParty:
    """A party that can be served.

    Attributes:
        server_class: the class; for the object form the result of `legacy_to_class`.
        form: the form in which it was written.
        target: its target.
        attribute: its name in the module; empty if the module itself is the object.
        module: the module.
    """

    server_class: type[PartyServer]
    form: Form
    target: Target
    attribute: str
    module: ModuleType


def parse_target(text: str) -> Target:
    """Parse a target.

    Raises:
        TargetError: it is invalid.
    """
    module, colon, attribute = text.rpartition(":")
    if not colon or len(module) == 1 or not _is_dotted_name(attribute or "_"):
        module, attribute = text, ""  # no attribute; or the colon is a Windows drive's
    target = Target(text, module, attribute or None)
    if not module.strip():
        raise TargetError("a target must not be empty; name a file (party.py) or a module (package.module)")
    if "\0" in text:
        raise TargetError(f"{text!r}: a target has no NUL; name a file (party.py) or a module")
    if module.endswith(_OTHER_LANGUAGES):
        raise TargetError(f"{module}: is not Python; name a .py file")
    if target.file is None and not _is_dotted_name(module):
        raise TargetError(
            f"{text!r} is neither a Python file (party.py[:attribute]) nor a module (package.module)"
        )
    return target


def load_module(target: Target, loader: ModuleLoader) -> ModuleType:
    """Import the module of a target.

    Raises:
        ModuleLoadError: it does not exist, or it raised an exception.
    """
    return loader.file(target.file) if target.file is not None else loader.named(target.module)


def load_party(text: str, loader: ModuleLoader | None = None) -> LoadedParty:
    """Import a target's module, and prepare the party for serving.

    Args:
        text: the target.
        loader: imports the module; a new one by default.

    Raises:
        TargetError: the target does not name a party, or names several.
        ModuleLoadError: the module does not exist, or it raised an exception.
    """
    target = parse_target(text)
    module = load_module(target, loader or ModuleLoader())
    attribute = target.attribute if target.attribute is not None else _only_party(target, module)
    party = _attribute(target, module, attribute) if attribute else module
    return _ready(target, module, attribute, party)


def party_class(party: object) -> type[PartyServer]:
    """The class that serves a party which is imported already.

    Args:
        party: a class, an object of handlers, a module that has one of them, or a target.

    Raises:
        TargetError: it is no party, or a module of several.
        ModuleLoadError: the module of a target does not exist, or it raised an exception.
    """
    if isinstance(party, str):
        return load_party(party).server_class
    name = getattr(party, "__name__", None) or type(party).__name__
    target = Target(name, name, None)
    if isinstance(party, ModuleType):
        attribute = _only_party(target, party)
        named = _attribute(target, party, attribute) if attribute else party
        return _ready(target, party, attribute, named).server_class
    return _ready(target, sys.modules[__name__], "", party).server_class


def _ready(target: Target, module: ModuleType, attribute: str, party: object) -> LoadedParty:
    from pkcompat.legacy import legacy_to_class

    shown = f"{target.module}:{attribute}" if attribute else target.module
    if is_server_class(party):
        _check(party, shown)
        return LoadedParty(party, "class", target, attribute, module)
    if is_base_class(party):
        raise TargetError(f"{shown}: is PartyServer itself; name a subclass of it")
    if isinstance(party, type):
        raise TargetError(
            f"{shown}: is the class {party.__name__}, which is not a PartyServer; "
            f"export an instance of it ({party.__name__}()), or make it a subclass of PartyServer"
        )
    try:
        return LoadedParty(legacy_to_class(party), "object", target, attribute, module)
    except LegacyPartyError as error:
        raise TargetError(f"{shown}: {error}") from None
    except Exception as error:  # a property, for example
        raise load_error(error, shown, "when its handlers were read") from None


def _check(server_class: type[PartyServer], shown: str) -> None:
    from partyserver.exceptions import PartyClassError
    from partyserver.rooms import check_party_class

    try:
        check_party_class(server_class)
    except PartyClassError as error:
        raise TargetError(f"{shown}: {error}") from None


def _only_party(target: Target, module: ModuleType) -> str:
    if getattr(module, "default", None) is not None:
        return "default"
    found = find_parties(module)
    if len(found) > 1:
        names = ", ".join(found)
        raise TargetError(
            f"{target.module}: has several parties: {names}; name one, such as {target.module}:{found[0]}"
        )
    if not found:
        raise TargetError(f"{target.module}: {described(module)}")
    return found[0]


def _attribute(target: Target, module: ModuleType, attribute: str) -> object:
    value: object = module
    for name in attribute.split("."):
        try:
            value = getattr(value, name)
        except AttributeError:
            names = (
                [known for known in vars(value) if not known.startswith("_")]
                if hasattr(value, "__dict__")
                else []
            )
            right = nearest(name, names)
            hint = f"; did you mean {right!r}?" if right else ""
            raise TargetError(f"{target.module}: has no attribute {attribute!r}{hint}") from None
        except Exception as error:  # a property, for example
            raise load_error(error, target.text, "when it was read") from None
    return value


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
