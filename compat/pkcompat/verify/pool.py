"""Comparing several parties under generated traffic, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from queue import SimpleQueue
from typing import Protocol, Self

from pkcompat.forms import FormError, FormModules, FormPlan, FormProcess
from pkcompat.traffic import Step, Transcript
from pkcompat.verify.generated_traffic import GeneratedVerification, GenerationPlan, verify_generated
from pkcompat.verify.given_traffic import VerifyError

_PROCESSES_EACH = 2  # one for each form


class Progress(Protocol):
    """Notified of the progress, from any thread."""

    def begin(self, plan: GenerationPlan) -> None:
        """A comparison has started."""

    def advance(self, done: int) -> None:
        """So many more scripts are done, or are no longer needed."""

    def end(self, plan: GenerationPlan, verdict: GeneratedVerification | VerifyError) -> None:
        """A comparison has ended, or could not be made."""


class _Silence:
    def begin(self, plan: GenerationPlan) -> None: ...

    def advance(self, done: int) -> None: ...

    def end(self, plan: GenerationPlan, verdict: GeneratedVerification | VerifyError) -> None: ...


class VerificationPool:
    """Compares parties in processes that are reused. A context manager; processes start on first use.

    Args:
        jobs: how many processes may run forms at a time; each comparison takes two.
    """

    def __init__(self, jobs: int) -> None:
        self._size = max(1, jobs // _PROCESSES_EACH)
        self._forms: list[_Forms] = []
        self._open = ExitStack()

    def verify_each(
        self, plans: Sequence[GenerationPlan], progress: Progress | None = None
    ) -> list[GeneratedVerification | VerifyError]:
        """Compare the forms of several parties. An interruption ends all comparisons.

        Args:
            plans: what to compare.
            progress: notified of all comparisons.

        Returns:
            The result of each comparison, or why there is none, in the order of the plans.
        """
        self._grow(min(self._size, len(plans)))
        idle: SimpleQueue[_Forms] = SimpleQueue()
        for forms in self._forms:
            idle.put(forms)
        comparisons = [_Comparison(plan, idle, progress or _Silence()) for plan in plans]
        with ThreadPoolExecutor(self._size) as threads:
            try:
                return [future.result() for future in [threads.submit(each.run) for each in comparisons]]
            except BaseException:
                for form in chain.from_iterable(self._forms):
                    form.stop()
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def _grow(self, size: int) -> None:
        while len(self._forms) < size:
            old, new = _StoppableForm(), _StoppableForm()
            self._forms.append((self._open.enter_context(old), self._open.enter_context(new)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.close()


class _Comparison:
    def __init__(self, plan: GenerationPlan, idle: SimpleQueue[_Forms], progress: Progress) -> None:
        self._plan = plan
        self._idle = idle
        self._progress = progress
        self._left = plan.budget

    def run(self) -> GeneratedVerification | VerifyError:
        self._progress.begin(self._plan)
        try:
            verdict = self._verdict()
        finally:
            self._progress.advance(self._left)
        self._progress.end(self._plan, verdict)
        return verdict

    def _verdict(self) -> GeneratedVerification | VerifyError:
        forms = self._idle.get()  # never blocks: there are as many pairs as threads
        try:
            return verify_generated(self._plan, self._script_is_done, forms)
        except VerifyError as error:
            return error
        except Exception as error:  # must not end the comparisons of the other parties
            return VerifyError(
                f"the comparison failed, which is a bug of pkcompat: {type(error).__name__}: {error}"
            )
        finally:
            self._idle.put(forms)

    def _script_is_done(self) -> None:
        self._left -= 1
        self._progress.advance(1)


class _StoppableForm(FormProcess):
    """A form that another thread can stop, for good: without the flag the next call would start it again."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped = threading.Event()

    def load(self, plan: FormPlan) -> FormModules:
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
            raise FormError("the comparison was interrupted")


_Forms = tuple[_StoppableForm, _StoppableForm]
