"""Random party modules under random traffic: the object form and what the codemod makes of it must agree.

A module that is found to differ is written to `fixtures/differential/unresolved.py`, with its traffic: once
it is resolved it stays there under a name of its own, and `test_kept_modules` goes on checking it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.differential.both_forms import is_kept, outside_of_party, seen_of
from tests.differential.helper_pieces import HELPERS
from tests.differential.party_modules import PartyModule, party_modules
from tests.differential.traffic_for_parties import traffics
from tests.pkcodemods.importing import new_import_problems

from pkcodemods import migrate_source
from pkcompat.traffic.file import dump_traffic
from pkcompat.traffic.steps import Traffic

MODULES = 500 if "DIFFERENTIAL" in os.environ else 150  # make differential
WRITTEN: dict[str, str] = {}
"""The modules that were checked, and what they became."""

UNRESOLVED = Path(__file__).parents[2] / "fixtures" / "differential" / "unresolved.py"


@settings(
    max_examples=MODULES,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(module=party_modules(), traffic=traffics())
def test_both_forms_agree(module: PartyModule, traffic: Traffic) -> None:
    try:
        check(module, traffic)
    except Exception:
        UNRESOLVED.write_text(module.source, encoding="utf-8")
        UNRESOLVED.with_suffix(".json").write_text(dump_traffic(traffic), encoding="utf-8")
        raise


def check(module: PartyModule, traffic: Traffic) -> None:
    if module.source not in WRITTEN:  # Hypothesis tries many a module again, with other traffic
        WRITTEN[module.source] = migrated(module)
    expected = seen_of(module.source, module.export, traffic)
    assert seen_of(WRITTEN[module.source], module.export, traffic) == expected


def migrated(module: PartyModule) -> str:
    """What the codemod makes of a module, which it leaves as it is the second time."""
    result = migrate_source(module.source, path="party_under_test.py")
    assert result.outcome in {"rewritten", "residue", "wrapped"}, result
    again = migrate_source(result.code, path="party_under_test.py")
    assert (again.outcome, again.code) == ("untouched", result.code)
    assert is_kept(outside_of_party(module.source, module.party), result.code)
    return result.code


def test_what_they_become_is_imported_in_a_fresh_process() -> None:
    if not WRITTEN:
        pytest.skip("no module was checked in this process")
    forms = (
        [({"party.py": source}, "party") for source in sources]
        for sources in (WRITTEN.keys(), WRITTEN.values())
    )
    problems = new_import_problems(list(zip(*forms, strict=True)))
    assert [(c, problem) for c, problem in zip(WRITTEN.values(), problems, strict=True) if problem] == []


def test_some_helpers_are_outside_of_the_party() -> None:
    outside = [name for name, helper in HELPERS.items() if outside_of_party(helper.source, frozenset())]
    assert {"send_all", "shadowed"} <= set(outside)
