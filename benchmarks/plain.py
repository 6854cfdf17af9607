"""Runs a module as `python -m` does, as if uvloop and httptools were not installed.

python benchmarks/plain.py pkcompat serve chat.py
"""

from __future__ import annotations

import runpy
import sys

for hidden in ("uvloop", "httptools"):
    sys.modules[hidden] = None  # type: ignore[assignment]  # importing it is an ImportError
sys.path.pop(0)  # this folder, which `python -m` would not have added
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
