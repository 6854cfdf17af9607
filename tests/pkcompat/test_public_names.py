"""The public names of `pkcompat`, and how cheap its import is."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pkcompat


def test_every_public_name_is_there() -> None:
    for name in pkcompat.__all__:
        assert callable(getattr(pkcompat, name))
    assert set(pkcompat.__all__) <= set(dir(pkcompat))
    with pytest.raises(AttributeError, match="module 'pkcompat' has no attribute 'nothing'"):
        _ = pkcompat.nothing


def test_the_codemods_shims_are_public() -> None:
    vocabulary = pytest.importorskip("pkcodemods.api.old_names")
    assert set(vocabulary.SHIMS.values()) <= set(pkcompat.__all__)


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, pkcompat; sys.exit(len({'starlette', 'partyserver', 'libcst'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
