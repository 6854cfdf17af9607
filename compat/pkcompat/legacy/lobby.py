"""What the static hooks get, under the old names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pkcompat.legacy.stubs import LegacyParties
from pkcompat.legacy.view import View


class LegacyLobby(View):
    """The lobby: `id`, `env`, `parties`, `assets`."""

    @property
    def parties(self) -> LegacyParties:
        """The host's parties by name."""
        return LegacyParties(self._other.parties)


class LegacyExecutionContext(View):
    """The execution context: `waitUntil`."""

    _old_names: ClassVar[Mapping[str, str]] = {"waitUntil": "wait_until"}


class LegacyCron(View):
    """A cron: `name`, `cron`, `scheduledTime`."""

    _old_names: ClassVar[Mapping[str, str]] = {"scheduledTime": "scheduled_time"}


def legacy_lobby(lobby: Any) -> Any:
    """The old-name view of a `partyserver.Lobby`, or of what is one already."""
    return lobby if lobby is None or isinstance(lobby, View) else LegacyLobby(lobby)
