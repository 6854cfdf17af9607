"""Recording real traffic into a traffic file."""

from pkcompat.recording.decisions import RecordedClient, Recording
from pkcompat.recording.file import numbered, refuse_to_overwrite
from pkcompat.recording.middleware import path_with_id, recorded_headers
from pkcompat.recording.session import RecordedServing, RecordingReport
from pkcompat.recording.waits import LONGEST, RecordedWaits, rest

__all__ = [
    "LONGEST",
    "RecordedClient",
    "RecordedServing",
    "RecordedWaits",
    "Recording",
    "RecordingReport",
    "numbered",
    "path_with_id",
    "recorded_headers",
    "refuse_to_overwrite",
    "rest",
]
