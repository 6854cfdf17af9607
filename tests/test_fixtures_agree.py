"""Both forms of every fixture under a little generated traffic: the checked-in pairs, and the codemod's.

`make mutants` and `make bench-verify` explore the checked-in pairs with the whole budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pkcompat.forms.process import FormProcess
from pkcompat.project.hosting import HostPlan
from pkcompat.traffic.narration import tell_step
from pkcompat.verify.generated_traffic import GenerationPlan, Reach, verify_generated

FIXTURES = Path(__file__).parents[1] / "fixtures"
PAIRS = sorted(path.stem for path in (FIXTURES / "class_form").glob("*.py"))
GOLDEN = sorted(path.name for path in (FIXTURES / "golden").iterdir())
PROJECTS = ["handlers_elsewhere/{}/main.py", "package/{}/app/party.py", "reader/{}/chat.py"]
EXPORTS = {"ignored_code": ("chat", "game"), "several_parties": ("chat", "waiting_room")}
LEFT_OUT = {
    "namespace_near_miss": "its object is refused, and left as it is",
    "old_storage": "its on_request asks its own room without end; how deep Python goes differs",
}
NOTHING_RUNS = {"no_handlers"}
BUDGET = 8
COMPANIONS = HostPlan(
    {"other_party": str(FIXTURES / "object_form" / "other_party.py")}, crons={"tick": "*/5 * * * *"}
)

Processes = tuple[FormProcess, FormProcess]


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with FormProcess() as old, FormProcess() as new:
        yield old, new


def check(old: str, new: str, companions: HostPlan, processes: Processes) -> Reach:
    """Fail if the forms differ; returns which of the old form's lines ran."""
    verification = verify_generated(
        GenerationPlan(old, new, companions=companions, budget=BUDGET), processes=processes
    )
    separation = verification.exploration.separation
    if separation is not None:
        pytest.fail("; ".join([*map(tell_step, separation.script), str(separation.between[0])]))
    assert not verification.exploration.unsteady
    assert verification.exploration.scripts == BUDGET
    assert verification.exploration.events > BUDGET
    return verification.old


@pytest.mark.parametrize("name", PAIRS)
def test_a_fixtures_forms_agree(name: str, processes: Processes) -> None:
    old, new = (str(FIXTURES / form / f"{name}.py") for form in ("object_form", "class_form"))
    reach = check(old, new, COMPANIONS, processes)
    assert reach.percent > 90 or name in NOTHING_RUNS


@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in LEFT_OUT])
def test_what_the_codemod_makes_agrees(name: str, processes: Processes) -> None:
    before, after = (str(FIXTURES / "golden" / name / f"{which}.py") for which in ("before", "after"))
    for export in EXPORTS.get(name, ("",)):
        attribute = f":{export}" if export else ""
        check(before + attribute, after + attribute, HostPlan({}), processes)


@pytest.mark.parametrize("files", PROJECTS)
def test_what_the_codemod_makes_of_projects_agrees(files: str, processes: Processes) -> None:
    before, after = (str(FIXTURES / "golden_projects" / files.format(which)) for which in ("before", "after"))
    check(before, after, HostPlan({}), processes)
