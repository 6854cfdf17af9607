"""Dropping the host's logs, and no others."""

from __future__ import annotations

import logging

import pytest

from pkcompat.forms.host_logs import host_logs_dropped


def test_what_the_host_and_its_server_log_is_dropped_and_what_others_log_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records: list[tuple[str, str]] = []

    class Recording(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append((record.name, record.getMessage()))

    loggers = [logging.getLogger(name) for name in ("partyserver", "uvicorn.error", "asyncio", "users.own")]
    for logger in loggers:  # whatever a server that ran before has set
        for name, value in {"handlers": [Recording()], "propagate": False, "disabled": False}.items():
            monkeypatch.setattr(logger, name, value)
    with host_logs_dropped():
        for logger in loggers:
            logger.critical("within")
    for logger in loggers:
        logger.critical("after")
    assert records == [("users.own", "within"), *((logger.name, "after") for logger in loggers)]


def test_no_filter_of_the_hosts_works_for_what_is_dropped() -> None:
    logger = logging.getLogger("partyserver")
    seen: list[logging.LogRecord] = []

    def formatting(record: logging.LogRecord) -> bool:
        seen.append(record)
        return True

    logger.addFilter(formatting)
    try:
        with host_logs_dropped():
            logger.error("within")
        assert seen == []
        logger.error("after")
        assert len(seen) == 1
    finally:
        logger.removeFilter(formatting)


def test_a_logger_that_the_user_disabled_stays_so(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("asyncio")
    monkeypatch.setattr(logger, "disabled", True)
    with host_logs_dropped():
        pass
    logger.error("nothing of this")
    assert caplog.records == []
