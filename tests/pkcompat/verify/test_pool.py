"""Verifying many parties in processes: order, failures, interruption."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pkcompat.forms.process import FormProcess
from pkcompat.migrate.target import migrated_sources
from pkcompat.verify import pool as verification_pool
from pkcompat.verify.generated_traffic import GeneratedVerification, GenerationPlan
from pkcompat.verify.given_traffic import VerifyError
from pkcompat.verify.pool import VerificationPool

FIXTURES = Path(__file__).parents[3] / "fixtures" / "object_form"
BUDGET = 3


def plan(target: str) -> GenerationPlan:
    return GenerationPlan(target, target, migrated_sources(target).sources, budget=BUDGET)


class Told:
    """What a pool tells, taken down."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done = 0
        self.ended: list[str] = []

    def begin(self, plan: GenerationPlan) -> None:
        self.begun.append(plan.new)

    def advance(self, done: int) -> None:
        self.done += done

    def end(self, plan: GenerationPlan, verdict: GeneratedVerification | VerifyError) -> None:
        self.ended.append(plan.new)


def verify_each(
    plans: list[GenerationPlan], jobs: int, told: Told | None = None
) -> list[GeneratedVerification | VerifyError]:
    with VerificationPool(jobs) as pool:
        return pool.verify_each(plans, told)


def project(folder: Path, name: str) -> str:
    """A project of one of the fixtures alone."""
    (folder / name).mkdir()
    return shutil.copy(FIXTURES / f"{name}.py", folder / name)


@pytest.fixture
def plans(tmp_path: Path) -> list[GenerationPlan]:
    """Two parties, and between them one that cannot be imported."""
    bad = tmp_path / "bad.py"
    bad.write_text("1 / 0")
    presence, errors = (project(tmp_path, name) for name in ("presence", "errors"))
    return [plan(presence), GenerationPlan(str(bad), str(bad), budget=BUDGET), plan(errors)]


@pytest.mark.parametrize("jobs", [1, 4])
def test_each_comes_to_its_own_in_order(plans: list[GenerationPlan], jobs: int) -> None:
    told = Told()
    presence, bad, errors = verify_each(plans, jobs, told)
    for verification in (presence, errors):
        assert isinstance(verification, GeneratedVerification)
        assert verification.agrees
        assert verification.exploration.scripts == BUDGET
    assert isinstance(bad, VerifyError)
    assert "the old form cannot be served" in str(bad)
    assert not bad.is_new_form
    assert told.done == len(plans) * BUDGET
    assert sorted(told.begun) == sorted(told.ended) == sorted(plan.new for plan in plans)


def test_processes_are_kept_between_parties_and_rounds(
    plans: list[GenerationPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[FormProcess] = []
    real = FormProcess._start

    def start(self: FormProcess) -> object:
        started.append(self)
        return real(self)

    monkeypatch.setattr(FormProcess, "_start", start)
    with VerificationPool(2) as pool:
        for verification in (*pool.verify_each([plans[0], plans[2]]), *pool.verify_each([plans[0]])):
            assert isinstance(verification, GeneratedVerification)
            assert verification.agrees
    assert len(started) == 2


def test_a_new_form_that_cannot_be_imported_is_told_apart(plans: list[GenerationPlan]) -> None:
    presence = plans[0]
    ((file, code),) = presence.sources.items()
    broken = GenerationPlan(presence.old, presence.new, {file: code + b"1 / 0\n"}, budget=BUDGET)
    (error,) = verify_each([broken], 2)
    assert isinstance(error, VerifyError)
    assert error.is_new_form


def test_the_old_form_may_have_code_of_its_own_too(plans: list[GenerationPlan]) -> None:
    presence = plans[0]
    ((file, code),) = presence.sources.items()
    same = GenerationPlan(presence.old, presence.new, {file: code}, budget=BUDGET, old_sources={file: code})
    (verification,) = verify_each([same], 2)
    assert isinstance(verification, GeneratedVerification)
    assert verification.forms == ("class", "class")


def test_a_bug_over_one_party_is_told_and_the_others_are_compared(
    plans: list[GenerationPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify_generated(plan: GenerationPlan, *more: object) -> GeneratedVerification:
        if plan.old.endswith("bad.py"):
            raise RuntimeError("oops")
        raise VerifyError("not now")

    monkeypatch.setattr(verification_pool, "verify_generated", verify_generated)
    told = [str(error) for error in verify_each(plans, 2)]
    assert told == [
        "not now",
        "the comparison failed, which is a bug of pkcompat: RuntimeError: oops",
        "not now",
    ]


def test_an_interruption_ends_what_runs(plans: list[GenerationPlan], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first script that is done raises in its thread; that comes out, and the rest does not run."""
    ran: list[str] = []
    real = verification_pool._Comparison.run

    def run(self: verification_pool._Comparison) -> object:
        ran.append(self._plan.new)
        return real(self)

    class Interrupting(Told):
        def advance(self, done: int) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(verification_pool._Comparison, "run", run)
    with pytest.raises(KeyboardInterrupt):
        verify_each([plans[0]] * 5, 2, Interrupting())
    assert len(ran) < 5
