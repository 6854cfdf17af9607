"""Recording what `pkcompat serve` serves: assembles the parts, and reports the result."""

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
    """The result of a recording.

    Attributes:
        path: the file.
        steps: how many steps it has.
        full: whether its limit was reached.
        left_out: how many requests are missing from it: their bodies were too long, or cut off.
        cut_waits: how many waits were shortened.
    """

    path: Path
    steps: int
    full: bool
    left_out: int
    cut_waits: int


class RecordedServing:
    """Records an application's traffic into a new file, until `end`.

    Args:
        path: the file, which must not exist.
        limit: its largest size, in bytes.
        masks: what is masked.
        plan: what is hosted.
        parties: its parties.

    Attributes:
        file: the file.

    Raises:
        RecordingError: the file exists, or cannot be written.
    """

    def __init__(
        self, path: Path, limit: int, masks: MaskSettings, plan: HostPlan, parties: Mapping[str, LoadedParty]
    ) -> None:
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        self.file = RecordingFile(path, about=f"real traffic, recorded on {when}", limit=limit)
        hibernating = {name for name, party in parties.items() if party.server_class.options.hibernate}
        self._waits = RecordedWaits(lambda party: rest(plan.idle_timeout, hibernates=party in hibernating))
        self._recording = Recording(self.file.put, Masker(masks), self._waits)
        self._recorder: TrafficRecorder | None = None

    def wrapped(self, app: ASGIApp) -> ASGIApp:
        """Wrap the application, so that its traffic is recorded."""
        self._recorder = TrafficRecorder(app, self._recording, self.file)
        return self._recorder

    def end(self) -> RecordingReport:
        """Write pending steps, and close the file."""
        full = self.file.full  # before closing, which counts as full too
        self._recording.ends()
        self.file.close()
        left_out = self._recorder.left_out if self._recorder is not None else 0
        return RecordingReport(self.file.path, self.file.steps, full, left_out, self._waits.cut)
