"""Comparing both forms of a party under given traffic, over sockets and in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.forms import FormError, FormPlan, ServedForm, started
from pkcompat.playing import Pace, SocketTransport, play
from pkcompat.project import HostPlan
from pkcompat.serving import LOOPBACK
from pkcompat.traffic import (
    AGAINST_RECORDING,
    EXACT,
    Difference,
    Rules,
    StepRecord,
    Traffic,
    Transcript,
    compare,
)

Progress = Callable[[], None]
"""Called whenever one form has taken a step."""


class VerifyError(PkcompatError):
    """A form could not be run. The message says which, and why.

    Attributes:
        is_new_form: whether it is the new form, while the old one could be run.
    """

    def __init__(self, message: str, detail: str = "", *, is_new_form: bool = False) -> None:
        super().__init__(message, detail)
        self.is_new_form = is_new_form


@dataclass(frozen=True, slots=True)
class VerifyPlan:
    """What to compare.

    Attributes:
        traffic: what the clients do.
        old: the target of the old form.
        new: the target of the new form; equal to `old` if `sources` holds the migrated code.
        sources: replaced source code of the new form, by file path.
        companions: what both forms are hosted with: other parties, variables, crons.
        rules: what the comparison ignores.
        pace: how long to wait for events.
    """

    traffic: Traffic
    old: str
    new: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)
    companions: HostPlan = field(default_factory=lambda: HostPlan({}))
    rules: Rules = EXACT
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class FormResult:
    """What one form did.

    Attributes:
        target: its target.
        form: its kind, `object` or `class`.
        transcript: what the clients saw.
        unlike_recording: how that differs from the recording in the traffic, if there is one.
        output: what the parties printed and logged.
    """

    target: str
    form: str
    transcript: Transcript
    unlike_recording: tuple[Difference, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a comparison.

    Attributes:
        traffic: what the clients did.
        old: what the old form did.
        new: what the new form did.
        between: how the two differ.
        steady: whether the old form does the same when it runs again; checked only if the two differ.
    """

    traffic: Traffic
    old: FormResult
    new: FormResult
    between: tuple[Difference, ...]
    steady: bool = True

    @property
    def agrees(self) -> bool:
        """Whether nothing differs: neither the forms, nor either from the recording."""
        return not (self.between or self.old.unlike_recording or self.new.unlike_recording)


async def verify(plan: VerifyPlan, progress: Progress = lambda: None) -> Verification:
    """Run both forms under the same traffic over sockets, each in a process of its own, in real time, and
    compare what the clients saw. Clocks and randomness may make them differ; see `verify_held_still`.

    If the traffic has a recording, both run at the same time, and each is compared with the recording too.

    Raises:
        VerifyError: a form could not be run.
    """
    async with AsyncExitStack() as stack:
        old_form, new_form = await start_both(stack, plan)
        recording = plan.traffic.transcript
        if recording is not None:
            old, new = await asyncio.gather(
                _play(old_form, plan, recording, progress), _play(new_form, plan, recording, progress)
            )
        else:  # one after the other: the first transcript says which events to wait for in the second run
            old = await _play(old_form, plan, None, progress)
            new = await _play(new_form, plan, old, progress)
        return Verification(
            plan.traffic,
            form_result(plan, plan.old, old_form.form, old, old_form.output()),
            form_result(plan, plan.new, new_form.form, new, new_form.output()),
            tuple(compare(old, new, plan.rules)),
        )


async def start_both(stack: AsyncExitStack, plan: VerifyPlan) -> tuple[ServedForm, ServedForm]:
    """Start the processes of both forms, which serve until the stack closes.

    Raises:
        VerifyError: one of them cannot be served.
    """
    starting = asyncio.gather(
        _start(stack, plan, plan.old, {}, "old form"),
        _start(stack, plan, plan.new, plan.sources, "new form"),
        return_exceptions=True,  # wait for both, so that none is left running when the other fails
    )
    old, new = await starting
    for form in (old, new):
        if isinstance(form, BaseException):
            raise form
    assert isinstance(old, ServedForm)
    assert isinstance(new, ServedForm)
    return old, new


async def _start(
    stack: AsyncExitStack, plan: VerifyPlan, target: str, sources: Mapping[Path, bytes], label: str
) -> ServedForm:
    try:
        return await stack.enter_async_context(started(form_plan(plan, target, sources)))
    except FormError as error:
        raise VerifyError(f"the {label} cannot be served: {error}", error.detail) from None


def form_plan(plan: VerifyPlan, target: str, sources: Mapping[Path, bytes]) -> FormPlan:
    """How a form is hosted: under the traffic's party name, and as `main`, whose hooks see all paths."""
    parties = {"main": target, **plan.companions.parties, plan.traffic.party: target}
    return FormPlan(replace(plan.companions, parties=parties, debug=True), plan.traffic.party, sources)


async def _play(
    form: ServedForm, plan: VerifyPlan, expected: Transcript | None, progress: Progress
) -> Transcript:
    def watcher(index: int, record: StepRecord) -> None:
        progress()

    async with SocketTransport(LOOPBACK, form.port) as transport:
        return await play(plan.traffic, transport, pace=plan.pace, expected=expected, watcher=watcher)


def form_result(plan: VerifyPlan, target: str, form: str, transcript: Transcript, output: str) -> FormResult:
    """What one form did, compared with the recording in the traffic."""
    recording = plan.traffic.transcript
    rules = Rules(AGAINST_RECORDING.headers | plan.rules.headers, plan.rules.texts)
    unlike = compare(recording, transcript, rules) if recording is not None else []
    return FormResult(target, form, transcript, tuple(unlike), output)


def form_names(old: str, new: str) -> tuple[str, str]:
    """What to call the two forms: by their kinds, or `old` and `new` if both are of one kind."""
    return ("old", "new") if old == new else (f"{old} form", f"{new} form")
