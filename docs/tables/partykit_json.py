"""The fields of `partykit.json`."""

from __future__ import annotations

from docs.tables.markdown import code, markdown_table, texts_of

from pkcompat.project.partykit_json import (
    _OF_THE_PLATFORM,
    _SERVE_TAKEN,
    _SERVE_WITHOUT_EFFECT,
    _TAKEN,
    _WITHOUT_EFFECT,
)

FIELDS = {
    "main": "The target of the party `main`, such as `chat.py` or `chat.py:attribute`.",
    "parties": "An object of the other parties: their targets by name. `main` is not among them.",
    "name": "The project's name; it has no effect.",
    "vars": "An object of variables for `room.env`. Values may be of any JSON type.",
    "crons": "An object of cron expressions by name, in UTC, for `on_cron` of `main`.",
    "port": "The TCP port to listen on, 0 to 65535; 0 takes a free one. Else it is 1999.",
    "persist": "The storage's folder, `true` for `.pkcompat/`, or `false` for none: rooms are in memory.",
    "serve": "A folder of static files, or an object; see below.",
}
SERVE = {
    "path": "The folder.",
    "singlePageApp": "Whether navigation to what is no file gets `index.html`; `false` by default.",
    "browserTTL": "Seconds that browsers may keep a file without asking again.",
    "edgeTTL": "Seconds that shared caches, such as a CDN, may keep it.",
    "include": "Patterns, as in `.gitignore`, of files to serve that would be left out.",
    "exclude": "Patterns, as in `.gitignore`, of files to leave out.",
}


def fields() -> str:
    """Those that have an effect."""
    return _table(sorted(_TAKEN, key=list(FIELDS).index), FIELDS)


def serve_fields() -> str:
    """Those of `serve`."""
    return _table(sorted(_SERVE_TAKEN, key=list(SERVE).index), SERVE)


def without_effect() -> str:
    """Those that are warned of, with what takes their place, and those that are passed over."""
    rows = [(code(name), why) for name, why in _WITHOUT_EFFECT.items()]
    rows += [(code(f"serve.{name}"), why) for name, why in _SERVE_WITHOUT_EFFECT.items()]
    passed_over = ", ".join(code(name) for name in _OF_THE_PLATFORM)
    table = markdown_table(("Field", "Why it has no effect"), rows)
    return f"{table}\nPassed over without a word: {passed_over}."


def _table(names: list[str], texts: dict[str, str]) -> str:
    rows = [(code(name), text) for name, text in texts_of(names, texts)]
    return markdown_table(("Field", "What it is"), rows)
