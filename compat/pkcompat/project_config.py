"""`partykit.json`: the project file that PartyKit reads, with entry points that name Python files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pkcompat.errors import PkcompatError
from pkcompat.json_fields import FieldError, Fields, kind

FILE_NAME = "partykit.json"

_KNOWN = ("$schema", "name", "main", "parties", "vars", "crons", "port", "serve")
# PartyKit reads these too; they are about its own platform or its bundling of JavaScript.
_PLATFORM = (
    *("ai", "analytics", "bindings", "build", "compatibilityDate", "compatibilityFlags", "define", "domain"),
    *("logpush", "minify", "observability", "persist", "placement", "preview", "tailConsumers", "team"),
    "vectorize",
)
_LAST_PORT = 65_535


class ProjectConfigError(PkcompatError):
    """`partykit.json` cannot be used. The message names the field and what is wrong."""


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """What `pkcompat` takes from `partykit.json`.

    Attributes:
        parties: targets by party name; the file's `main` is the party `main`.
        vars: what `room.env` holds.
        crons: cron expressions by name.
        port: the TCP port to listen on, if it says.
        static: the folder of static files, if there is one.
    """

    parties: Mapping[str, str] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    crons: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    static: str | None = None


def load_project_config(folder: Path) -> ProjectConfig:
    """Read the `partykit.json` of a folder; an empty configuration where there is none.

    Raises:
        ProjectConfigError: it is there, and cannot be used.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ProjectConfig()
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectConfigError(f"{FILE_NAME}: cannot be read: {error}") from None
    try:
        return parse_project_config(json.loads(text))
    except json.JSONDecodeError as error:
        raise ProjectConfigError(
            f"{FILE_NAME}: line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"
        ) from None
    except FieldError as error:
        raise ProjectConfigError(str(error)) from None


def parse_project_config(document: object) -> ProjectConfig:
    """The configuration in a JSON document.

    Raises:
        FieldError: something in it is wrong; the message says where and what.
    """
    fields = Fields(document, FILE_NAME)
    fields.reject_misspelt((*_KNOWN, *_PLATFORM))
    parties = _strings(fields, "parties")
    if "main" in fields:
        parties["main"] = fields.text("main")
    return ProjectConfig(
        parties=parties,
        vars=_object(fields, "vars"),
        crons=_strings(fields, "crons"),
        port=_port(fields),
        static=_static(fields),
    )


def _object(fields: Fields, name: str) -> dict[str, Any]:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise fields.error(name, f"must be an object, is {kind(value)}")
    return dict(value)


def _strings(fields: Fields, name: str) -> dict[str, str]:
    values = _object(fields, name)
    for key, value in values.items():
        if not isinstance(value, str):
            raise fields.error(name, f"must hold strings, but {key!r} is {kind(value)}")
    return values


def _port(fields: Fields) -> int | None:
    if "port" not in fields:
        return None
    port = fields.whole_number("port")
    if not 0 <= port <= _LAST_PORT:
        raise fields.error("port", f"must be 0 to {_LAST_PORT}, is {port}")
    return port


def _static(fields: Fields) -> str | None:
    value = fields.get("serve")
    if isinstance(value, dict):
        value = value.get("path")
    if value is not None and not isinstance(value, str):
        raise fields.error("serve", f"must be a folder's path, is {kind(value)}")
    return value
