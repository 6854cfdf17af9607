"""Handler names: both spellings, and likely typos."""

from __future__ import annotations

import pytest

from partyserver import PartyServer
from pkcompat.legacy.handler_names import (
    BY_SPELLING,
    HANDLER_NAMES,
    is_handler_name,
    looks_like_handler,
    nearest,
)


def test_every_spelling_is_of_one_handler() -> None:
    assert len(BY_SPELLING) == sum(len(handler.spellings) for handler in HANDLER_NAMES)
    assert is_handler_name("onMessage")
    assert is_handler_name("unstable_onFetch")
    assert not is_handler_name("onmessage")


def test_the_codemod_knows_the_same_handlers() -> None:
    handlers = pytest.importorskip("pkcodemods.api.handlers")
    assert BY_SPELLING.keys() == handlers.HANDLER_SPELLINGS.keys()
    for spelling, handler in BY_SPELLING.items():
        known = handlers.HANDLER_SPELLINGS[spelling]
        assert tuple(offered.name for offered in known.offered) == handler.offered
        assert known.method == handler.method.removeprefix("unstable_")
        assert known.static == handler.static


def test_every_handler_is_a_method_of_the_class_form() -> None:
    for handler in HANDLER_NAMES:
        assert hasattr(PartyServer, handler.method.removeprefix("unstable_"))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("onConect", "onConnect"),
        ("on_mesage", "on_message"),
        ("onBeforeConect", "onBeforeConnect"),
        ("onmessage", "onMessage"),
        ("ON_MESSAGE", "on_message"),
        ("message", "onMessage"),
        ("unstableOnFetch", "unstable_onFetch"),
        ("unstable_on_fech", "unstable_on_fetch"),
        ("onDisconnect", "onClose"),
        ("on_disconnect", "on_close"),
        ("onOpen", "onConnect"),
        ("xyz", None),
    ],
)
def test_nearest(name: str, near: str | None) -> None:
    assert nearest(name) == near


@pytest.mark.parametrize(
    "name",
    [
        "on_conect",
        "onConect",
        "onmessage",
        "OnMessage",
        "on_mesasge",
        "onAlarms",
        "on_requet",
        "onbefore_connect",
        "onMessages",
        "unstable_onFech",
    ],
)
def test_slips(name: str) -> None:
    assert looks_like_handler(name)


@pytest.mark.parametrize(
    "name",
    [
        "on_connect",
        "onConnect",
        "on",
        "one",
        "only_admins",
        "online_users",
        "on_join",
        "on_leave",
        "connect",
        "message",
        "on_connect_admin",
        "once",
        "ongoing",
        "send",
        "on_messages_read",
        "on_cronjob",
        "on_lose",
        "on_terror",
        "no_message",
        "_on_mesage",
    ],
)
def test_names_of_their_own(name: str) -> None:
    assert not looks_like_handler(name)
