"""Recording what `pkcompat serve` serves: the parts put together, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from pkcompat.project import HostPlan, LoadedParty
from pkcompat.recording.decisions import Recording
from pkcompat.recording.file import RecordingFile
from pkcompat.recording.middleware import TrafficRecorder
from pkcompat.recording.waits import RecordedWaits, rest
from pkcompat.traffic import Masker, MaskSettings


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """What became of a recording.

    Attributes:
        path: the file.
        steps: how many steps it has.
        full: whether its limit was reached.
        left_out: how many requests are not in it, since their bodies were too long, or cut off.
        cut_waits: how many waits are shorter than they were.
    """

    path: Path
    steps: int
    full: bool
    left_out: int
    cut_waits: int


class RecordedServing:
    """Records an application's traffic into a new file while a context lasts.

    Attributes:
        file: the file.
    """

    def __init__(
        self, path: Path, limit: int, masks: MaskSettings, plan: HostPlan, parties: Mapping[str, LoadedParty]
    ) -> None:
        """Begin the file.

        Args:
            path: where; nothing may be there.
            limit: bytes that it may have.
            masks: what is masked.
            plan: what is hosted.
            parties: its parties.

        Raises:
            RecordingError: there is such a file, or it cannot be written.
        """
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        self.file = RecordingFile(path, about=f"real traffic, recorded on {when}", limit=limit)
        hibernating = {name for name, party in parties.items() if party.server_class.options.hibernate}
        self._waits = RecordedWaits(lambda party: rest(plan.idle_timeout, hibernates=party in hibernating))
        self._recording = Recording(self.file.put, Masker(masks), self._waits)
        self._recorder: TrafficRecorder | None = None

    def wrapped(self, app: ASGIApp) -> ASGIApp:
        """The application, recorded."""
        self._recorder = TrafficRecorder(app, self._recording, self.file)
        return self._recorder

    def end(self) -> RecordingReport:
        """Write what is left, and close the file."""
        full = self.file.full
        self._recording.ends()
        self.file.close()
        left_out = self._recorder.left_out if self._recorder is not None else 0
        return RecordingReport(self.file.path, self.file.steps, full, left_out, self._waits.cut)
