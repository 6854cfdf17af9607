"""The log of `pkcompat serve --log-format json`: one JSON object a line, for programs that collect logs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from partyserver.rooms import room_in
from pkcompat.project import LoadedParty
from pkcompat.recording import RecordingReport
from pkcompat.serving import Address
from pkcompat.shadow import ShadowReport

logger = logging.getLogger("pkcompat.serve")

_NAMES = {"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"}


def json_handler(stream: TextIO) -> logging.Handler:
    """A handler that writes records as JSON.

    Each has `time` (ISO 8601, UTC), `level`, `logger` and `message`, `exception` (a traceback) if there is
    one, `party` and `room` where a handler of theirs logs, and what the record brings as `extra`.

    Args:
        stream: where to.
    """
    from pythonjsonlogger.json import JsonFormatter  # who logs for people needs none

    handler = logging.StreamHandler(stream)
    handler.addFilter(_with_room)
    handler.setFormatter(
        JsonFormatter(["levelname", "name", "message"], rename_fields=_NAMES, timestamp="time")
    )
    return handler


def _with_room(record: logging.LogRecord) -> bool:
    room = room_in()
    if room is not None and not hasattr(record, "party"):
        record.party = room.party_name
        if room.room_id is not None:
            record.room = room.room_id
    return True


def log_start(
    address: Address,
    parties: Mapping[str, LoadedParty],
    storage: str,
    *,
    shadows: Sequence[str] = (),
    record: Path | None = None,
    admin: Address | None = None,
) -> None:
    """Log the start: what `show_start` prints for people.

    Args:
        address: where the host listens.
        parties: what it serves.
        storage: where rooms are kept.
        shadows: what follows which party.
        record: the file that traffic is recorded in.
        admin: where the admin application listens.
    """
    extra: dict[str, object] = {
        "urls": list(address.urls),
        "storage": storage,
        "parties": {name: {"form": each.form, "from": each.target.text} for name, each in parties.items()},
    }
    if admin is not None:
        extra["admin"] = list(admin.urls)
    if shadows:
        extra["shadows"] = list(shadows)
    if record is not None:
        extra["recording"] = str(record)
    logger.info("pkcompat serves", extra=extra)


def log_recording(report: RecordingReport) -> None:
    """Log what came of a recording."""
    extra = {
        "file": str(report.path),
        "steps": report.steps,
        "left_out": report.left_out,
        "cut_waits": report.cut_waits,
        "full": report.full,
    }
    logger.info("the recording has ended", extra=extra)


def log_shadow(report: ShadowReport) -> None:
    """Log what came of a shadow."""
    extra = {
        "rooms": report.rooms,
        "compared": report.compared,
        "differences": report.differences,
        "kept": report.kept,
        "left": dict(report.left),
        "restarts": report.restarts,
    }
    if report.state == "cannot run":
        logger.error("the shadow could not run: %s", report.problem, extra=extra)
    else:
        logger.info("the shadow has ended", extra=extra)
