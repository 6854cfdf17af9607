"""Our commands and child processes start within milliseconds in tests.

Two thirds of the time of a test that starts a process go into the imports of that process. So each worker of
pytest keeps interpreters that have made them (`interpreter`), with the same flags and environment, and forks
one for each start. What is forked is a child of the worker as ever: it has its own process id, session,
pipes, folder and environment, and waits, signals and exit statuses work as with any child.

A start is left to `subprocess` where anything about it is unusual, on other systems than Linux, and with
`COLD=1`. `tests/test_warm_start.py` compares both kinds, and starts each of the modules cold.
"""

from tests.warm_start.starts import CHILDREN, COLD, PRELOADED, WarmStarts, cold_starts

__all__ = ["CHILDREN", "COLD", "PRELOADED", "WarmStarts", "cold_starts"]
