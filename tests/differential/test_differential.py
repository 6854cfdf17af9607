"""Random party modules under random traffic: the object form and what the codemod makes of it must agree."""

from __future__ import annotations

import ast

from hypothesis import HealthCheck, given, settings
from tests.differential.both_forms import party_of, transcript_of
from tests.differential.party_modules import HELPERS, party_modules
from tests.differential.traffic_for_parties import traffics

from pkcodemods import migrate_source
from pkcompat.traffic import Traffic

MODULES = 600


def definitions_outside(source: str) -> set[str]:
    """The top-level statements of the helpers that no rename can touch, as code without formatting."""
    untouched = {"send_all"}
    return {
        ast.dump(statement)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.FunctionDef) and statement.name in untouched
    }


@settings(
    max_examples=MODULES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(module=party_modules(), traffic=traffics())
def test_both_forms_agree(module: tuple[str, str], traffic: Traffic) -> None:
    source, export = module
    result = migrate_source(source, path="party_under_test.py")
    assert result.outcome in {"rewritten", "residue", "wrapped"}, result
    again = migrate_source(result.code, path="party_under_test.py")
    assert (again.outcome, again.code) == ("untouched", result.code)
    assert definitions_outside(result.code) == definitions_outside(source)
    expected = transcript_of(party_of(source, export), traffic)
    assert transcript_of(party_of(result.code, export), traffic) == expected


def test_the_helpers_are_what_they_seem() -> None:
    assert definitions_outside(HELPERS)
