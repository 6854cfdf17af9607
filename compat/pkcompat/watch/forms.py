"""Both forms of a party under traffic that a user makes on the page, or plays from a file step by step."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from pkcompat.errors import PkcompatError
from pkcompat.forms import ServedForm
from pkcompat.playing import Clients, EventLog, SocketTransport
from pkcompat.report import Column, StepSideBySide
from pkcompat.serving import LOOPBACK
from pkcompat.traffic import Connect, Step, Traffic, Wait, clients_of, tell_whose
from pkcompat.verify import VerifyPlan, form_names, start_both
from pkcompat.watch.traffic import WatchedTraffic, WatchPace


class WatchError(PkcompatError):
    """A step cannot be played now. The message says why, and what to do."""


class Status(Enum):
    """The state of the two forms."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


_STATUS_TEXTS = {
    Status.STARTING: "Both forms are starting.",
    Status.RUNNING: "Both forms are running.",
    Status.FAILED: "The forms are not running.",
}


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What to watch.

    Attributes:
        forms: both forms and their surroundings; its traffic is the script that can be played.
        outcome: the codemod's outcome, if the new form is the codemod's output.
    """

    forms: VerifyPlan
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the forms are not running.

    Attributes:
        message: what is wrong.
        detail: the traceback of the user's code, if there is one.
    """

    message: str
    detail: str


@dataclass(slots=True)
class News:
    """What a listener has not received yet.

    Attributes:
        begins_anew: whether all earlier steps were dropped.
        steps: the indexes of steps that changed.
        said: messages for the user, in order.
    """

    begins_anew: bool = False
    steps: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


class Listener:
    """One open page; created by `WatchedForms.listening`.

    News are merged until they are fetched, so that a slow page gets fewer messages rather than a queue.
    """

    def __init__(self, news: News) -> None:
        self._news = news
        self._has_news = asyncio.Event()  # also set at the end
        self._has_news.set()
        self._ended = False

    async def news(self) -> News | None:
        """Wait for news since the last call; None at the end."""
        await self._has_news.wait()
        self._has_news.clear()
        news, self._news = self._news, News()
        return None if self._ended else news

    def notify(self, index: int | None = None, said: str | None = None, *, anew: bool = False) -> None:
        """Add to the news: a step that changed, a message for the user, or a restart."""
        if anew:
            self._news.begins_anew = True
            self._news.steps.clear()
        if index is not None:
            self._news.steps.add(index)
        if said is not None:
            self._news.said.append(said)
        self._has_news.set()

    def end(self) -> None:
        """End the news."""
        self._ended = True
        self._has_news.set()


class WatchedForms:
    """Runs both forms, plays steps in both, and notifies listeners of the results.

    Args:
        plan: what to watch at first.
        make_plan: creates the plan again after files have changed; called in a thread.
        pace: how long to wait for events.
        on_problem: called when the forms cannot be started.

    Attributes:
        status: the state of the two forms.
        problem: why they are not running, if they have failed.
        columns: the names of the two forms.
        traffic: the steps so far, with their results.
        script: the steps that can be played next.
        outputs: what each form had printed and logged by the end of the last step.
        party: the name of the party.
        plan: what is watched.
    """

    def __init__(
        self,
        plan: WatchPlan,
        make_plan: Callable[[], WatchPlan],
        *,
        pace: WatchPace | None = None,
        on_problem: Callable[[Problem], None] = lambda problem: None,
    ) -> None:
        self.plan = plan
        self.party = plan.forms.traffic.party
        self.status = Status.STARTING
        self.problem: Problem | None = None
        self.columns = _columns(plan, ("old", "new"))
        self.script: deque[Step] = deque(plan.forms.traffic.steps)
        self.outputs: tuple[str, ...] = ()
        self._make_plan = make_plan
        self._plan_is_stale = False
        self._pace = pace
        self._on_problem = on_problem
        self._pending: deque[Step] = deque()  # steps that are to be played
        self._listeners: set[Listener] = set()
        self._news = asyncio.Event()  # wakes `_work`
        self._again = asyncio.Event()  # set to restart both forms
        self._differing: set[int] = set()  # indexes of steps
        self.traffic = WatchedTraffic(plan.forms.rules, pace)

    @property
    def waiting(self) -> int:
        """How many steps are to be played after the current one."""
        return len(self._pending)

    @property
    def differing(self) -> tuple[int, ...]:
        """The indexes of the settled steps in which the forms differ."""
        return tuple(sorted(self._differing))

    @property
    def done(self) -> Traffic:
        """All steps that were played or are to be played, for a traffic file."""
        return Traffic(self.party, (*self.traffic.steps, *self._pending))

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen while the context lasts; the first news has all steps so far."""
        known = set(range(len(self.traffic.steps)))
        listener = Listener(News(begins_anew=True, steps=known, said=[_STATUS_TEXTS[self.status]]))
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def end_listening(self) -> None:
        """End the news of all listeners."""
        for listener in self._listeners:
            listener.end()

    def submit(self, step: Step) -> None:
        """Play a step after those that are already pending.

        Raises:
            WatchError: the step cannot be played now; the message says why.
        """
        if self.status is not Status.RUNNING:
            raise WatchError("the forms are not running yet")
        states = {state.name: state for state in self.traffic.clients}
        coming = [other.client for other in self._pending if isinstance(other, Connect)]
        if isinstance(step, Connect):
            if (state := states.get(step.client)) is not None and all(state.is_open):
                raise WatchError(f"{step.client} is connected; close it first, or use another name")
        else:
            for client in clients_of(step):
                if client in coming:
                    continue
                if client not in states:
                    raise WatchError(f"{client} has not connected yet")
                if not any(states[client].is_open) and self.traffic.is_settled:
                    raise WatchError(f"{client} is not connected any more; connect it again")
        self._pending.append(step)
        self._notify()

    def play(self, count: int | None = None) -> None:
        """Play the next steps of the script: the given number, or all."""
        for _ in range(len(self.script) if count is None else min(count, len(self.script))):
            self._pending.append(self.script.popleft())
        self._notify()

    def stop(self) -> None:
        """Stop playing; the pending steps are put back into the script."""
        self.script.extendleft(reversed(self._pending))
        self._pending.clear()
        self._notify(said="Stopped.")

    def start_again(self, *, replay: bool, why: str = "") -> None:
        """Restart both forms, with empty storage.

        Args:
            replay: whether to play all steps again; otherwise the script starts from the beginning.
            why: the message for the user.
        """
        if replay:
            self._pending.extendleft(reversed(self.traffic.steps))
        else:
            self._pending.clear()
            self.script = deque(self.plan.forms.traffic.steps)
        self._begin_anew()
        self._plan_is_stale = True
        self._again.set()
        self._notify(said=why or "Both forms restart.", anew=True)

    async def run(self) -> None:
        """Run both forms until cancelled, and restart them whenever `start_again` was called."""
        while True:
            self._again.clear()
            async with asyncio.TaskGroup() as group:
                forms = group.create_task(self._run_forms())
                await self._again.wait()
                forms.cancel()

    async def _run_forms(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                if self._plan_is_stale:
                    self.plan = await asyncio.to_thread(self._make_plan)
                    self._plan_is_stale = False
                sides = await start_both(stack, self.plan.forms)
                clients = [await self._clients(stack, number, side) for number, side in enumerate(sides)]
                self.columns = _columns(self.plan, form_names(sides[0].form, sides[1].form))
                self._set_status(Status.RUNNING, f"{_STATUS_TEXTS[Status.RUNNING]}{self._to_play_again()}")
                await self._work(sides, clients)
        except PkcompatError as error:
            self.problem = Problem(str(error), error.detail)
            self._on_problem(self.problem)
            self._set_status(Status.FAILED, f"The forms are not running: {error}")

    def _to_play_again(self) -> str:
        count = len(self._pending)
        return f" {count} step{'s are' if count > 1 else ' is'} played again." if count else ""

    async def _clients(self, stack: AsyncExitStack, number: int, side: ServedForm) -> Clients:
        transport = await stack.enter_async_context(SocketTransport(LOOPBACK, side.port))
        log, traffic = EventLog(), self.traffic

        def receive() -> None:
            # after a restart `self.traffic` is another object, and late events of the old run are dropped
            if (events := log.take()) and self.traffic is traffic:
                self._notify(traffic.received(number, events, _now()))

        return Clients(transport, log, receive)

    async def _work(self, sides: Sequence[ServedForm], clients: Sequence[Clients]) -> None:
        while True:
            if self.traffic.settles_at() is not None:
                await self._until_settled()
                self.outputs = tuple(side.output() for side in sides)
                self._settle()
            elif self._pending:
                await self._play(self._pending.popleft(), clients)
            else:
                self._news.clear()
                await self._news.wait()

    async def _play(self, step: Step, clients: Sequence[Clients]) -> None:
        index = self.traffic.begin(step, _now())
        self._notify(index)

        async def act(side: int) -> None:
            self.traffic.record_result(side, await clients[side].act(step))
            self._notify(index)

        await asyncio.gather(*map(act, range(len(clients))))
        self.traffic.acted(_now())

    async def _until_settled(self) -> None:
        while (at := self.traffic.settles_at()) is not None and (remaining := at - _now()) > 0:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), remaining)

    def _settle(self) -> None:
        settled = self.traffic.settle()
        index = settled.number - 1
        was_reported = index in self._differing
        (self._differing.add if settled.differs else self._differing.discard)(index)
        self._notify(index, self._message_about(settled, was_reported))

    def _message_about(self, settled: StepSideBySide, was_reported: bool) -> str | None:
        """The message about a settled step; None for what would only be noise.

        A step may settle twice: an event that arrives late opens it again.
        """
        if settled.differs:
            return (
                None if was_reported else f"Step {settled.number} differs: {tell_whose(settled.differing)}."
            )
        if self._pending or (isinstance(settled.step, Wait) and not was_reported):
            return None
        return f"Step {settled.number} is the same in both forms."

    def _set_status(self, status: Status, said: str) -> None:
        self.status = status
        self._notify(said=said)

    def _begin_anew(self) -> None:
        self.status = Status.STARTING
        self.problem = None
        self.outputs = ()
        self.traffic = WatchedTraffic(self.plan.forms.rules, self._pace)
        self._differing.clear()

    def _notify(self, index: int | None = None, said: str | None = None, *, anew: bool = False) -> None:
        self._news.set()
        for listener in self._listeners:
            listener.notify(index, said, anew=anew)


def _columns(plan: WatchPlan, names: tuple[str, str]) -> tuple[Column, Column]:
    made = f", as the codemod makes it ({plan.outcome})" if plan.outcome is not None else ""
    return Column(names[0], plan.forms.old), Column(names[1], plan.forms.new + made)


def _now() -> float:
    return asyncio.get_running_loop().time()
