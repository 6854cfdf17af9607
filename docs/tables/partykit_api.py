"""The handlers and the recordings, for the table of PartyKit's API."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

from docs.tables.markdown import code, markdown_table, texts_of

from partyserver import PartyServer
from pkcompat.legacy.handler_names import HANDLER_NAMES

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"

SHOWN_BY = {
    "onConnect": "presence echo_listener slow_connect errors",
    "onMessage": "broadcast_others binary overlap hibernation_listener",
    "onClose": "presence error_events",
    "onError": "error_events",
    "onRequest": "counter_http only_request errors",
    "onAlarm": "alarm",
    "onBeforeConnect": "before_connect",
    "onBeforeRequest": "before_request",
    "onFetch": "main_hooks",
    "unstable_onFetch": "",
    "onSocket": "main_hooks",
    "onCron": "main_hooks",
}
"""The recordings of each handler; none for what `onFetch` was called before."""


def handlers() -> str:
    """Each handler in three forms."""
    rows = []
    for name, shown_by in texts_of((each.spellings[0] for each in HANDLER_NAMES), SHOWN_BY):
        handler = next(each for each in HANDLER_NAMES if each.spellings[0] == name)
        arguments = ", ".join(handler.offered)
        static = ", static" if handler.static else ""
        rows.append(
            (
                code(f"{name}({arguments})"),
                code(f"{handler.spellings[1]}({arguments})"),
                code(_signature(handler.method)) + static,
                ", ".join(code(recording) for recording in shown_by.split()),
            )
        )
    return markdown_table(
        ("PartyKit, object form", "object form, in snake_case", "class form", "Recordings"), rows
    )


def _signature(method: str) -> str:
    name = method.removeprefix("unstable_")
    return f"{name}({', '.join(inspect.signature(getattr(PartyServer, name)).parameters)})".replace(", /", "")


def recordings() -> str:
    """Each recording, with what it shows."""
    rows = []
    for file in sorted(RECORDINGS.glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        rows.append((code(file.stem), document["about"], str(len(document["steps"]))))
    return markdown_table(("Recording", "What it shows", "Steps"), rows)
