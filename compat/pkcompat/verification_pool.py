"""Comparing the forms of several parties under generated traffic, some of them at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pkcompat.form_process import FormProcess
from pkcompat.form_run import FormModules
from pkcompat.generated_verification import GeneratedVerification, GenerationPlan, verify_generated
from pkcompat.side import SideError, SidePlan
from pkcompat.traffic import Step
from pkcompat.transcript import Transcript
from pkcompat.verify import VerifyError

Progress = Callable[[int], None]
"""Called with a number of scripts that are done, or need not be played any more."""

_PROCESSES_EACH = 2  # one for each form


def verify_each(
    plans: Sequence[GenerationPlan], jobs: int, progress: Progress = lambda done: None
) -> list[GeneratedVerification | VerifyError]:
    """Compare the forms of several parties, each in processes of their own.

    An interruption ends all that run.

    Args:
        plans: what to compare.
        jobs: how many processes may run forms at a time; each comparison takes two.
        progress: told of the scripts of all of them, from any thread.

    Returns:
        What each comparison came to, or why there was none, in their order.
    """
    comparisons = [_Comparison(plan, progress) for plan in plans]
    with ThreadPoolExecutor(max(1, jobs // _PROCESSES_EACH)) as threads:
        try:
            return [future.result() for future in [threads.submit(each.run) for each in comparisons]]
        except BaseException:
            for comparison in comparisons:
                comparison.stop()
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class _Comparison:
    def __init__(self, plan: GenerationPlan, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        self._left = plan.budget
        self._forms = (_StoppableForm(), _StoppableForm())

    def run(self) -> GeneratedVerification | VerifyError:
        try:
            with self._forms[0] as old, self._forms[1] as new:
                return verify_generated(self._plan, self._script_is_done, (old, new))
        except VerifyError as error:
            return error
        except Exception as error:  # the other parties are none the worse for it
            return VerifyError(f"that failed, which is a bug of pkcompat: {type(error).__name__}: {error}")
        finally:
            self._progress(self._left)

    def _script_is_done(self) -> None:
        self._left -= 1
        self._progress(1)

    def stop(self) -> None:
        for form in self._forms:
            form.stop()


class _StoppableForm(FormProcess):
    """A form that another thread can stop; nothing is started or asked of it after that."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped = threading.Event()

    def load(self, plan: SidePlan) -> FormModules:
        self._go_on()
        return super().load(plan)

    def begin(
        self,
        steps: Sequence[Step],
        *,
        expected: Transcript | None = None,
        with_lines: bool = False,
        with_output: bool = False,
    ) -> None:
        self._go_on()
        super().begin(steps, expected=expected, with_lines=with_lines, with_output=with_output)

    def stop(self) -> None:
        self._stopped.set()
        self.kill()

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise SideError("the comparison was interrupted")
