"""Both forms of a party under traffic that somebody makes while watching, or that is played step by step."""

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
    """A step cannot be taken now. The message says why, and what to do."""


class Status(Enum):
    """What the two forms do."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


_TOLD = {
    Status.STARTING: "Both forms start.",
    Status.RUNNING: "Both forms run.",
    Status.FAILED: "The forms do not run.",
}


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What to watch.

    Attributes:
        forms: both forms, with what they have beside them; its traffic is the script that can be played.
        outcome: the codemod's outcome, where the new form is its work.
    """

    forms: VerifyPlan
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the forms do not run.

    Attributes:
        message: what is wrong.
        detail: the user's traceback, if there is one.
    """

    message: str
    detail: str


@dataclass(slots=True)
class News:
    """What a listener does not know yet.

    Attributes:
        begins_anew: whether all steps before are gone.
        steps: the indexes of steps that changed.
        said: what is to be said to people, in order.
    """

    begins_anew: bool = False
    steps: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


class Listener:
    """Somebody who watches; made by `WatchedForms.listening`."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._is_there = asyncio.Event()
        self._is_there.set()
        self._ended = False

    async def news(self) -> News | None:
        """What is new since the last call, once there is something; None at the end."""
        await self._is_there.wait()
        self._is_there.clear()
        news, self._news = self._news, News()
        return None if self._ended else news

    def tell(self, index: int | None = None, said: str | None = None, *, anew: bool = False) -> None:
        """Something is new: perhaps a step, perhaps something to be said."""
        if anew:
            self._news.begins_anew = True
            self._news.steps.clear()
        if index is not None:
            self._news.steps.add(index)
        if said is not None:
            self._news.said.append(said)
        self._is_there.set()

    def end(self) -> None:
        """There will be no more news."""
        self._ended = True
        self._is_there.set()


class WatchedForms:
    """Runs both forms, takes steps in both, and tells listeners what came of it.

    Attributes:
        status: what the two forms do.
        problem: why they do not run, where they do not.
        columns: what the two forms are called.
        traffic: the steps so far.
        script: the steps that can be played next.
        outputs: what each form has printed and logged, at the end of the last step.
        party: the name of the party that is watched.
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
        """Prepare; `run` starts both forms.

        Args:
            plan: what to watch at first.
            make_plan: makes it anew, for files may have changed; called in a thread.
            pace: how long to wait for events.
            on_problem: called when the forms cannot be started.
        """
        self.plan = plan
        self.party = plan.forms.traffic.party
        self.status = Status.STARTING
        self.problem: Problem | None = None
        self.columns = _columns(plan, ("old", "new"))
        self.script: deque[Step] = deque(plan.forms.traffic.steps)
        self.outputs: tuple[str, ...] = ()
        self._make_plan = make_plan
        self._plan_is_old = False
        self._pace = pace
        self._on_problem = on_problem
        self._pending: deque[Step] = deque()
        self._listeners: set[Listener] = set()
        self._news = asyncio.Event()
        self._again = asyncio.Event()
        self._differing: set[int] = set()
        self.traffic = WatchedTraffic(plan.forms.rules, pace)

    @property
    def waiting(self) -> int:
        """How many steps are to be taken, after the one that is being taken."""
        return len(self._pending)

    @property
    def differing(self) -> tuple[int, ...]:
        """The indexes of the steps in which the forms differ, as far as is known."""
        return tuple(sorted(self._differing))

    @property
    def done(self) -> Traffic:
        """What was done, and is about to be done again, for a traffic file."""
        return Traffic(self.party, (*self.traffic.steps, *self._pending))

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen while the context lasts; the first news is all that there is."""
        known = set(range(len(self.traffic.steps)))
        listener = Listener(News(begins_anew=True, steps=known, said=[_TOLD[self.status]]))
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def end_listening(self) -> None:
        """There is no more news for anybody."""
        for listener in self._listeners:
            listener.end()

    def submit(self, step: Step) -> None:
        """Take a step, after those that are to be taken already.

        Raises:
            WatchError: it makes no sense now; the message says why.
        """
        if self.status is not Status.RUNNING:
            raise WatchError("the forms do not run yet")
        states = {state.name: state for state in self.traffic.clients}
        coming = [other.client for other in self._pending if isinstance(other, Connect)]
        if isinstance(step, Connect):
            if (state := states.get(step.client)) is not None and all(state.is_open):
                raise WatchError(f"{step.client} is connected; close it first, or take another name")
        else:
            for client in clients_of(step):
                if client in coming:
                    continue
                if client not in states:
                    raise WatchError(f"{client} has not connected yet")
                if not any(states[client].is_open) and self.traffic.is_settled:
                    raise WatchError(f"{client} is not connected any more; connect it again")
        self._pending.append(step)
        self._tell()

    def play(self, count: int | None = None) -> None:
        """Take the next steps of the script: so many, or all."""
        for _ in range(len(self.script) if count is None else min(count, len(self.script))):
            self._pending.append(self.script.popleft())
        self._tell()

    def stop(self) -> None:
        """Take no more steps; those that were to be taken are next in the script."""
        self.script.extendleft(reversed(self._pending))
        self._pending.clear()
        self._tell(said="Stopped.")

    def start_again(self, *, replay: bool, why: str = "") -> None:
        """Start both forms anew, with empty storage.

        Args:
            replay: whether to take all steps again that were taken; else the script begins anew.
            why: what is said about it.
        """
        if replay:
            self._pending.extendleft(reversed(self.traffic.steps))
        else:
            self._pending.clear()
            self.script = deque(self.plan.forms.traffic.steps)
        self._begin_anew()
        self._plan_is_old = True
        self._again.set()
        self._tell(said=why or "Both forms start anew.", anew=True)

    async def run(self) -> None:
        """Run both forms until this is cancelled; anew whenever `start_again` says so."""
        while True:
            self._again.clear()
            async with asyncio.TaskGroup() as group:
                forms = group.create_task(self._run_forms())
                await self._again.wait()
                forms.cancel()

    async def _run_forms(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                if self._plan_is_old:
                    self.plan = await asyncio.to_thread(self._make_plan)
                    self._plan_is_old = False
                sides = await start_both(stack, self.plan.forms)
                clients = [await self._clients(stack, number, side) for number, side in enumerate(sides)]
                self.columns = _columns(self.plan, form_names(sides[0].form, sides[1].form))
                self._set_status(Status.RUNNING, f"{_TOLD[Status.RUNNING]}{self._to_play_again()}")
                await self._work(sides, clients)
        except PkcompatError as error:
            self.problem = Problem(str(error), error.detail)
            self._on_problem(self.problem)
            self._set_status(Status.FAILED, f"The forms do not run: {error}")

    def _to_play_again(self) -> str:
        count = len(self._pending)
        return f" {count} step{'s are' if count > 1 else ' is'} played again." if count else ""

    async def _clients(self, stack: AsyncExitStack, number: int, side: ServedForm) -> Clients:
        transport = await stack.enter_async_context(SocketTransport(LOOPBACK, side.port))
        log, traffic = EventLog(), self.traffic

        def receive() -> None:
            if (events := log.take()) and self.traffic is traffic:
                self._tell(traffic.received(number, events, _now()))

        return Clients(transport, log, receive)

    async def _work(self, sides: Sequence[ServedForm], clients: Sequence[Clients]) -> None:
        while True:
            if self.traffic.settles_at() is not None:
                await self._until_settled()
                self.outputs = tuple(side.output() for side in sides)
                self._settle()
            elif self._pending:
                await self._take(self._pending.popleft(), clients)
            else:
                self._news.clear()
                await self._news.wait()

    async def _take(self, step: Step, clients: Sequence[Clients]) -> None:
        index = self.traffic.begin(step, _now())
        self._tell(index)

        async def act(side: int) -> None:
            self.traffic.came_to(side, await clients[side].act(step))
            self._tell(index)

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
        was_told = index in self._differing
        (self._differing.add if settled.differs else self._differing.discard)(index)
        self._tell(index, self._said_of(settled, was_told))

    def _said_of(self, settled: StepSideBySide, was_told: bool) -> str | None:
        if settled.differs:
            return None if was_told else f"Step {settled.number} differs: {tell_whose(settled.differing)}."
        if self._pending or (isinstance(settled.step, Wait) and not was_told):
            return None
        return f"Step {settled.number} is alike in both forms."

    def _set_status(self, status: Status, said: str) -> None:
        self.status = status
        self._tell(said=said)

    def _begin_anew(self) -> None:
        self.status = Status.STARTING
        self.problem = None
        self.outputs = ()
        self.traffic = WatchedTraffic(self.plan.forms.rules, self._pace)
        self._differing.clear()

    def _tell(self, index: int | None = None, said: str | None = None, *, anew: bool = False) -> None:
        self._news.set()
        for listener in self._listeners:
            listener.tell(index, said, anew=anew)


def _columns(plan: WatchPlan, names: tuple[str, str]) -> tuple[Column, Column]:
    made = f", as the codemod makes it ({plan.outcome})" if plan.outcome is not None else ""
    return Column(names[0], plan.forms.old), Column(names[1], plan.forms.new + made)


def _now() -> float:
    return asyncio.get_running_loop().time()
