"""Comparing both forms of a party under given traffic, with clocks and randomness held still."""

from __future__ import annotations

from pkcompat.forms import RUN_TIMEOUT, FormError, FormModules, FormProcess, FormRun
from pkcompat.traffic import compare
from pkcompat.verify.given_traffic import (
    Progress,
    Verification,
    VerifyError,
    VerifyPlan,
    form_plan,
    form_result,
)

_A_STEP = 0.1
"""Seconds of CPU time that each step adds to the timeout."""


def verify_held_still(plan: VerifyPlan, progress: Progress = lambda: None) -> Verification:
    """Run both forms under the same traffic, each in a process of its own, in virtual time.

    Both forms get the same values from clocks, `random`, `uuid` and `secrets`, as under generated traffic,
    and waits take no time.

    Args:
        plan: what to compare; its pace, which is for sockets, is ignored.
        progress: called whenever one form has taken all steps.

    Raises:
        VerifyError: a form could not be run.
    """
    timeout = RUN_TIMEOUT + _A_STEP * len(plan.traffic.steps)
    with FormProcess(run_timeout=timeout) as old_process, FormProcess(run_timeout=timeout) as new_process:
        forms = [
            _load(process, plan, label) for process, label in ((old_process, "old"), (new_process, "new"))
        ]
        try:
            for process in (old_process, new_process):
                process.begin(plan.traffic.steps, expected=plan.traffic.transcript, with_output=True)
            old, new = _outcome(old_process, progress), _outcome(new_process, progress)
            between = tuple(compare(old.transcript, new.transcript, plan.rules))
            steady = not between or _agrees_with_itself(old_process, old, plan)
        except FormError as error:
            raise VerifyError(f"a form cannot be run any more: {error}", error.detail) from None
    return Verification(
        plan.traffic,
        form_result(plan, plan.old, forms[0].form, old.transcript, old.output),
        form_result(plan, plan.new, forms[1].form, new.transcript, new.output),
        between,
        steady,
    )


def _outcome(process: FormProcess, progress: Progress) -> FormRun:
    run = process.outcome()
    progress()
    return run


def _agrees_with_itself(process: FormProcess, first: FormRun, plan: VerifyPlan) -> bool:
    process.begin(plan.traffic.steps, expected=plan.traffic.transcript)
    return not compare(first.transcript, process.outcome().transcript, plan.rules)


def _load(process: FormProcess, plan: VerifyPlan, label: str) -> FormModules:
    target, sources = (plan.old, {}) if label == "old" else (plan.new, plan.sources)
    try:
        return process.load(form_plan(plan, target, sources))
    except FormError as error:
        message = f"the {label} form cannot be served: {error}"
        raise VerifyError(message, error.detail, is_new_form=label == "new") from None
