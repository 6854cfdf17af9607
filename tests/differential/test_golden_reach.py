"""How much of the fixtures and the golden modules runs under generated traffic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pkcodemods.regenerate_fixtures import project_files

from pkcodemods import migrate_bytes, migrate_project
from pkcompat.project.hosting import HostPlan
from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated

FIXTURES = Path(__file__).parents[2] / "fixtures"
IS_LONG = "REACH" in os.environ  # make reach
EVERY = [
    *(f"object_form/{path.stem}" for path in sorted((FIXTURES / "object_form").glob("*.py"))),
    *(f"golden/{path.name}" for path in sorted((FIXTURES / "golden").iterdir())),
    *(f"golden_projects/{path.name}" for path in sorted((FIXTURES / "golden_projects").iterdir())),
]
SHORT = ("golden_projects/handlers_elsewhere", "object_form/presence")
COMPANIONS = HostPlan(
    {"other_party": str(FIXTURES / "object_form" / "other_party.py")}, crons={"tick": "*/5 * * * *"}
)
LEFT_OUT = {
    "golden/ignored": "it is left as it is",
    "golden/namespace_near_miss": "its object is refused, and left as it is",
    "golden/old_storage": "its on_request asks its own room without end; how deep Python goes differs",
}
# The lines that no event of the party can reach, by module and party.
OUT_OF_REACH = {
    "golden/conditional:default": "10",  # with a variable in the environment
    "golden/dict_merged:base": "10",  # a handler of the other party's
    "golden/export_read_as_object:default": "14",  # a function for others
    "golden/module_conditional": "8",  # with a variable in the environment
    "golden/several_parties:waiting_room": "11",  # a handler of the other party's
    "golden/type_of_object_as_value:default": "10",  # a function for others
}
NEVER_RUN = {"object_form/no_handlers": "it has an on_alarm, and sets no alarm"}


def plans(name: str, seed: int) -> Iterator[tuple[str, GenerationPlan]]:
    """What compares the forms of each party of a module or a project."""
    kind, _, rest = name.partition("/")
    folder = FIXTURES / name
    if kind == "object_form":
        old, new = (str(FIXTURES / form / f"{rest}.py") for form in ("object_form", "class_form"))
        yield name, GenerationPlan(old, new, companions=COMPANIONS, seed=seed)
    elif kind == "golden":
        before = folder / "before.py"
        for party in migrate_bytes(before.read_bytes(), path=before.name).parties:
            export = f":{party.name}" if party.name else ""
            old, new = (f"{folder / form}.py{export}" for form in ("before", "after"))
            yield f"{name}{export}", GenerationPlan(old, new, seed=seed)
    else:
        files = project_files(folder / "before")
        for file, result in zip(files, migrate_project(files), strict=True):
            for party in result.parties:
                place = f"{file.path}:{party.name}" if party.name else file.path
                old, new = (str(folder / form / place) for form in ("before", "after"))
                yield f"{name}/{place}", GenerationPlan(old, new, seed=seed)


@pytest.mark.parametrize("seed", range(5) if IS_LONG else [0])
@pytest.mark.parametrize("name", [name for name in EVERY if name not in LEFT_OUT] if IS_LONG else SHORT)
def test_every_handler_runs_and_nearly_every_line(name: str, seed: int) -> None:
    for party, plan in plans(name, seed):
        verification = verify_generated(plan)
        assert verification.agrees, party
        if name in NEVER_RUN:
            continue
        assert not verification.never_ran, party
        if verification.old.percent < 95:
            assert (party, verification.old.told_missed) in OUT_OF_REACH.items()
