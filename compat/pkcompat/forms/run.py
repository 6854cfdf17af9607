"""Running one form of a party again and again in this process, each time from a fresh import."""

from __future__ import annotations

import site
import sys
import sysconfig
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import partykit
import partyserver
import pkcodemods
import pkcompat
from partyserver import PartyServer
from partyserver.rooms import defines
from pkcompat.forms.determinism import Determinism
from pkcompat.forms.handler_lines import lines_of_handlers
from pkcompat.forms.line_coverage import Line, LineCoverage
from pkcompat.forms.served import FormPlan
from pkcompat.forms.virtual_time import UNWATCHED, VirtualClock, run_in_virtual_time
from pkcompat.legacy import HANDLER_NAMES
from pkcompat.playing import InProcessTransport, Pace, play
from pkcompat.project import LoadedParty, ModuleLoader, load_parties, location_of, make_host
from pkcompat.traffic import Step, Traffic, Transcript

FORM_PACE = Pace(longest=30.0)
"""In virtual time: the limit keeps a room that never stops sending from stopping the traffic."""

_location_of = lru_cache(maxsize=64)(location_of)  # the folders around a file stay while its form is compared

_OURS = frozenset({"pkcompat", "partyserver", "partykit", "pkcodemods"})


@dataclass(frozen=True, slots=True)
class FormRun:
    """What a form did under some traffic.

    Attributes:
        transcript: what the clients saw.
        lines: which lines of the user's modules ran.
        output: what was printed and logged.
    """

    transcript: Transcript
    lines: frozenset[Line] = frozenset()
    output: str = ""


@dataclass(frozen=True, slots=True)
class FormModules:
    """What was imported for a form.

    Attributes:
        form: the kind of the form, `object` or `class`.
        file: the path of its module's file.
        sources: the source of the user's modules by path, the form's own module first.
        handlers: its handlers, by their class-form names.
        hibernates: whether its rooms hibernate.
        companions: the paths of the other parties' files, except the form's own file.
        handler_lines: the lines of each handler that is a Python function, by its name.
    """

    form: str
    file: str
    sources: dict[str, bytes]
    handlers: tuple[str, ...] = ()
    hibernates: bool = False
    companions: frozenset[str] = frozenset()
    handler_lines: Mapping[str, frozenset[Line]] = field(default_factory=dict)


def run_form(
    plan: FormPlan,
    steps: Sequence[Step],
    determinism: Determinism,
    coverage: LineCoverage | None = None,
    expected: Transcript | None = None,
) -> FormRun:
    """Import the form afresh, and play traffic against it in-process and in virtual time.

    Args:
        plan: the form.
        steps: the traffic.
        determinism: the clocks and sources of randomness, which are reset.
        coverage: records lines, if they are wanted.
        expected: the transcript of an earlier run, which says how long to wait for events; see `player.play`.

    Raises:
        ModuleLoadError: a module raised.
        TargetError: a target names no party.
        HostingError: the host cannot be made.
    """
    with imports_forgotten(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether Python repeats one depends on earlier runs
        determinism.restart()
        if coverage is not None:
            coverage.start()
        try:
            prepared = coverage.prepared if coverage is not None else None
            loader = ModuleLoader(plan.sources, prepared, locate=_location_of)
            parties = load_parties(plan.host, loader)
            traffic = Traffic(plan.party, tuple(steps))
            transcript = run_in_virtual_time(
                _play(plan, parties, traffic, expected), moved=determinism.advanced
            )
        finally:
            lines = coverage.stop() if coverage is not None else frozenset()
    return FormRun(transcript, lines)


def load_form(plan: FormPlan) -> FormModules:
    """Import the form, and describe what was imported.

    Raises:
        ModuleLoadError: a module raised.
        TargetError: a target names no party.
    """
    with imports_forgotten() as before, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parties = load_parties(plan.host, ModuleLoader(plan.sources))
        party = parties[plan.party]
        file = _file_of(party)
        paths = [file, *(path for module in _new_modules(before) if (path := _path(module)))]
        sources = {
            path: plan.sources.get(Path(path)) or Path(path).read_bytes() for path in dict.fromkeys(paths)
        }
        server = party.server_class
        companions = frozenset(map(_file_of, parties.values())) - {file}
        handlers = handlers_of(server)
        return FormModules(
            party.form,
            file,
            sources,
            handlers,
            server.options.hibernate,
            companions,
            lines_of_handlers(party, handlers),
        )


def _file_of(party: LoadedParty) -> str:
    return str(Path(str(party.module.__file__)).resolve())


def handlers_of(server_class: type[PartyServer]) -> tuple[str, ...]:
    """A party's handlers, by their class-form names."""
    names = [handler.method for handler in HANDLER_NAMES if hasattr(PartyServer, handler.method)]
    return tuple(name for name in names if defines(server_class, name))


async def _play(
    plan: FormPlan, parties: dict[str, LoadedParty], traffic: Traffic, expected: Transcript | None
) -> Transcript:
    host_plan = replace(
        plan.host, schedule_crons=False, cron_requests="anyone", shutdown_timeout=0.0, limits=UNWATCHED
    )
    host = make_host(host_plan, parties, clock=VirtualClock())
    async with InProcessTransport(host) as transport:
        return await play(traffic, transport, pace=FORM_PACE, expected=expected)


@contextmanager
def imports_forgotten() -> Iterator[frozenset[str]]:
    """Forget the user's modules that are imported within the context, and what is added to `sys.path`.

    Libraries stay imported: two copies of one would not recognize each other's classes. Yields the names of
    the modules that were imported before.
    """
    path, before = list(sys.path), frozenset(sys.modules)
    try:
        yield before
    finally:
        sys.path[:] = path
        # By identity, as one module may have several names, such as an alias that it puts into sys.modules.
        forgotten = {id(module) for module in _new_modules(before)}
        for name in [name for name, module in list(sys.modules.items()) if id(module) in forgotten]:
            del sys.modules[name]


def is_users_file(path: str) -> bool:
    """Whether a file is the user's own, not a library's."""
    return path.endswith(".py") and not path.startswith(_LIBRARIES)


def _new_modules(before: frozenset[str]) -> list[ModuleType]:
    new = sys.modules.keys() - before  # a difference of sets: with each script, of a thousand names
    ordered = sorted(new, key=list(sys.modules).index) if len(new) > 1 else new
    return [
        module
        for name, module in [(name, sys.modules[name]) for name in ordered]
        if name.partition(".")[0] not in _OURS and _is_users(module)
    ]


def _is_users(module: ModuleType) -> bool:
    """Whether a module is the user's own. A namespace package has no file, so its folders decide."""
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(place is not None and not str(place).startswith(_LIBRARIES) for place in places)


def _path(module: ModuleType) -> str | None:
    place = getattr(module, "__file__", None)
    return str(Path(place).resolve()) if place and is_users_file(place) else None


def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    named = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # Our own packages: neighbours when installed, but in folders of their own in a checkout.
    own = [
        str(Path(place).resolve())
        for package in (pkcodemods, pkcompat, partykit, partyserver)
        for place in package.__path__
    ]
    folders = [*named, *site.getsitepackages(), site.getusersitepackages(), *own]
    return tuple(sorted({str(Path(folder)) + "/" for folder in folders} | {"<"}))


_LIBRARIES = _library_folders()
