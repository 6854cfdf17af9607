"""`partykit.json`: PartyKit's project file, with entry points that name Python files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import json5

from pkcompat.errors import PkcompatError
from pkcompat.project.root import CONFIG_FILE_NAMES
from pkcompat.traffic import FieldError, Fields, beyond_python, half_pair, kind, nearest

FILE_NAME = CONFIG_FILE_NAMES[0]

_TAKEN = ("crons", "main", "name", "parties", "persist", "port", "serve", "vars")
_OF_THE_PLATFORM = (
    *("$schema", "analytics", "compatibilityDate", "compatibilityFlags", "domain", "logpush", "minify"),
    *("observability", "placement", "preview", "tailConsumers", "team"),
)
_WITHOUT_EFFECT = {
    "ai": "there are no AI bindings",
    "bindings": "there are no Cloudflare bindings",
    "build": "Python is not bundled; run the command by hand",
    "define": "Python is not bundled; use `vars`",
    "vectorize": "there are no Vectorize bindings",
}
_SERVE_TAKEN = ("browserTTL", "edgeTTL", "exclude", "include", "path", "singlePageApp")
_SERVE_WITHOUT_EFFECT = {"build": "nothing is bundled; build before you serve, and name the result in `path`"}
_LAST_PORT = 65_535
_LONGEST_TTL = 2**31  # seconds; what RFC 9111, section 1.2.2, has caches take a longer one for
_WEEKDAY_NUMBER = re.compile(r"(?<![#/\d])\d")  # not the number of a week (`#2`) or of a step (`/2`)


class ProjectConfigError(PkcompatError):
    """`partykit.json` cannot be used. The message names the field and what is wrong."""


@dataclass(frozen=True, slots=True)
class StaticFolder:
    """A folder of static files: PartyKit's `serve`, with the names of `partyserver.Assets`."""

    path: str
    single_page_app: bool = False
    browser_ttl: float | None = None
    edge_ttl: float | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """The fields of `partykit.json` that `pkcompat` uses.

    Attributes:
        parties: targets by party name; the file's `main` is the party `main`.
        vars: the variables in `room.env`.
        crons: cron expressions by name.
        port: the TCP port to listen on, if given.
        static: the folder of static files, if given.
        persist: whether to keep storage, or the folder to keep it in; None if not given.
        warnings: warnings about fields that have no effect or another effect than with PartyKit.
        file_name: the file's name.
    """

    parties: Mapping[str, str] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    crons: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    static: StaticFolder | None = None
    persist: bool | str | None = None
    warnings: tuple[str, ...] = ()
    file_name: str = FILE_NAME


def load_project_config(folder: Path) -> ProjectConfig:
    """Read the `partykit.json` (or `.json5`, `.jsonc`) of a folder; an empty configuration if there is none.

    Raises:
        ProjectConfigError: the file exists, but cannot be used.
    """
    for name in CONFIG_FILE_NAMES:
        try:
            text = (folder / name).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectConfigError(f"{name}: cannot be read: {error}") from None
        try:
            return parse_project_config(_parsed(text, name), name)
        except FieldError as error:
            raise ProjectConfigError(str(error)) from None
    return ProjectConfig()


def _parsed(text: str, file_name: str) -> object:
    if not text.strip():
        raise ProjectConfigError(f'{file_name}: is empty; write at least {{"main": "party.py"}}')
    with suppress(ValueError, RecursionError):  # json5 is slow, and takes but a few levels
        return json.loads(text)
    try:
        return json5.loads(text)
    except (ValueError, RecursionError) as error:
        if problem := beyond_python(text, error):
            raise ProjectConfigError(f"{file_name}: {problem}") from None
        place = re.fullmatch(r"<string>:(?P<line>\d+) (?P<what>.*) at column (?P<column>\d+)", str(error))
        problem = (
            "line {line}, column {column}: is not JSON: {what}".format_map(place) if place else str(error)
        )
        raise ProjectConfigError(f"{file_name}: {problem}") from None


def parse_project_config(document: object, file_name: str = FILE_NAME) -> ProjectConfig:
    """Read the configuration from a JSON document.

    Args:
        document: the document.
        file_name: the file's name, for messages.

    Raises:
        FieldError: a field is wrong; the message says which, and why.
    """
    fields = Fields(document, file_name)
    crons = _strings(fields, "crons")
    serve = fields.get("serve")
    serve_fields = Fields(serve if isinstance(serve, dict) else {}, f"{file_name}: `serve`")
    return ProjectConfig(
        parties=_parties(fields),
        vars=_object(fields, "vars"),
        crons=crons,
        port=_port(fields),
        static=StaticFolder(_folder(fields, "serve", serve))
        if isinstance(serve, str)
        else _static(fields, serve_fields),
        persist=_persist(fields),
        warnings=(
            *_useless(fields, (*_TAKEN, *_OF_THE_PLATFORM), _WITHOUT_EFFECT),
            *_useless(serve_fields, _SERVE_TAKEN, _SERVE_WITHOUT_EFFECT),
            *(f"{file_name}: {warning}" for warning in _weekday_warnings(crons)),
        ),
        file_name=file_name,
    )


def _useless(fields: Fields, taken: Iterable[str], without_effect: Mapping[str, str]) -> Iterator[str]:
    known = [*taken, *without_effect]
    for name in fields:
        if name in without_effect:
            yield f"{fields.place}: `{name}` has no effect here: {without_effect[name]}"
        elif name not in known:
            right = nearest(name, known)
            hint = f"; did you mean `{right}`?" if right else ""
            yield f"{fields.place}: `{name}` is not a field here, and has no effect{hint}"


def _weekday_warnings(crons: Mapping[str, str]) -> Iterator[str]:
    for name, expression in crons.items():
        if _WEEKDAY_NUMBER.search(expression.split()[-1] if expression.strip() else ""):
            yield (
                f"cron `{name}`: weekday numbers count from 0 = Sunday, as in crontab(5); Cloudflare, where "
                "PartyKit ran, counted from 1 = Sunday; names (SUN to SAT) mean the same on both"
            )


def _parties(fields: Fields) -> dict[str, str]:
    parties = _strings(fields, "parties")
    if "main" in parties:
        raise fields.error("parties", "must not contain `main`; use the field `main`")
    for name, target in parties.items():
        _check_target(fields, f"parties.{name}", target)
    if "main" not in fields:
        return parties
    main = fields.text("main")
    _check_target(fields, "main", main)
    return {"main": main, **parties}


def _check_target(fields: Fields, name: str, target: str) -> None:
    if not target.strip() or not _can_be_path(target):
        raise fields.error(name, f"must name a Python file, such as party.py; is {target!r}")


def _can_be_path(text: str) -> bool:
    return "\0" not in text and not half_pair(text)


def _folder(fields: Fields, name: str, path: str) -> str:
    if not _can_be_path(path):
        raise fields.error(name, f"must be a folder's path, is {path!r}")
    return path


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
        if half := half_pair(key + value):
            raise fields.error(name, f"holds half of a surrogate pair, {half}, which is no text")
    return values


def _port(fields: Fields) -> int | None:
    if "port" not in fields:
        return None
    return fields.whole_number("port", range(_LAST_PORT + 1))


def _persist(fields: Fields) -> bool | str | None:
    value = fields.get("persist")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value:
        return _folder(fields, "persist", value)
    raise fields.error("persist", f"must be true, false or a folder's path, is {kind(value)}")


def _static(fields: Fields, serve: Fields) -> StaticFolder | None:
    value = fields.get("serve")
    if value is not None and not isinstance(value, dict):
        raise fields.error("serve", f"must be a folder's path or an object with a `path`, is {kind(value)}")
    if not value or ("path" not in serve and "build" in serve):
        return None
    return StaticFolder(
        path=_folder(serve, "path", serve.text("path")),
        single_page_app=serve.flag("singlePageApp"),
        browser_ttl=_seconds(serve, "browserTTL"),
        edge_ttl=_seconds(serve, "edgeTTL"),
        include=_patterns(serve, "include"),
        exclude=_patterns(serve, "exclude"),
    )


def _seconds(fields: Fields, name: str) -> float | None:
    return None if fields.get(name) is None else fields.number(name, _LONGEST_TTL)


def _patterns(fields: Fields, name: str) -> tuple[str, ...]:
    patterns = fields.items(name) if name in fields else []
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise fields.error(name, f"must hold strings, but one is {kind(pattern)}")
    return tuple(patterns)
