"""Dropping the host's logs, and no others."""

from __future__ import annotations

import logging

import pytest

from pkcompat.forms.host_logs import host_logs_dropped


def test_what_the_host_and_its_server_log_is_dropped_and_what_others_log_is_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loggers = [logging.getLogger(name) for name in ("partyserver", "uvicorn.error", "asyncio", "users.own")]
    for logger in (*loggers, logging.getLogger("uvicorn")):  # a server that ran before has set its own
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "disabled", False)
        monkeypatch.setattr(logger, "level", logging.DEBUG)
        logger.manager._clear_cache()  # type: ignore[attr-defined] # of isEnabledFor
    with host_logs_dropped():
        for logger in loggers:
            logger.error("within")
    for logger in loggers:
        logger.error("after")
    assert [(record.name, record.message) for record in caplog.records] == [
        ("users.own", "within"),
        ("partyserver", "after"),
        ("uvicorn.error", "after"),
        ("asyncio", "after"),
        ("users.own", "after"),
    ]


def test_a_logger_that_the_user_disabled_stays_so(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("asyncio")
    monkeypatch.setattr(logger, "disabled", True)
    with host_logs_dropped():
        pass
    logger.error("nothing of this")
    assert caplog.records == []
