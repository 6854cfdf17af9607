"""Random party modules under random traffic: the object form and what the codemod makes of it must agree."""

from __future__ import annotations

import ast
import sys
import types
import warnings

from hypothesis import HealthCheck, given, settings
from tests.differential.party_modules import HELPERS, party_modules
from tests.differential.traffic_for_parties import traffics

from partyserver import Host, PartyServer
from pkcodemods import migrate_source
from pkcompat import legacy_to_class
from pkcompat.in_process_transport import InProcessTransport
from pkcompat.player import play
from pkcompat.traffic import Traffic
from pkcompat.transcript import Transcript
from pkcompat.virtual_time import VirtualClock, run_in_virtual_time

MODULES = 600


def party_of(source: str, export: str) -> type[PartyServer]:
    """The party of a module's source, in whichever form it is."""
    module = types.ModuleType("party_under_test")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old names warn
        exec(compile(source, "party_under_test.py", "exec"), module.__dict__)
        exported = getattr(module, export) if export else getattr(module, "default", module)
        return legacy_to_class(exported)


def transcript_of(party: type[PartyServer], traffic: Traffic) -> Transcript:
    async def main() -> Transcript:
        async with InProcessTransport(Host({"main": party}, debug=True, clock=VirtualClock())) as transport:
            return await play(traffic, transport)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return run_in_virtual_time(main())


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
