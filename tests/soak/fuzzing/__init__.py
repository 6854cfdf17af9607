"""What is fuzzed; `tests/soak/experiments/fuzzing.py` does it."""

from tests.soak.fuzzing.files import CONFIGS, TRAFFIC_FILES
from tests.soak.fuzzing.sources import SOURCES
from tests.soak.fuzzing.stored import STORED_VALUES
from tests.soak.fuzzing.wire import FRAMES, HANDSHAKES

TARGETS = (HANDSHAKES, FRAMES, TRAFFIC_FILES, CONFIGS, STORED_VALUES, SOURCES)
