"""For the tests of projects: `assert_same_behaviour`, and what the fixture `serve_party` gives."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pkcompat.errors import PkcompatError
from pkcompat.forms import FormError, FormModules, FormPlan, FormProcess, LiveForm
from pkcompat.project import HostPlan
from pkcompat.report import show_outputs, show_steps
from pkcompat.served_parties import ServedParty, ServedPartyError, ServeParty
from pkcompat.traffic import DEFAULT_PARTY, Rules, Step, Traffic, load_traffic_to_compare
from pkcompat.traffic_seed import present_seed
from pkcompat.verify import (
    Comparison,
    Explorer,
    FormResult,
    FormRunner,
    Ground,
    Lines,
    Separation,
    Verification,
    VerifyError,
    compare_under,
    explore,
    form_names,
    ground_of,
    lines_of,
)

__all__ = [
    "DEFAULT_BUDGET",
    "BehaviourDiffersError",
    "ServeParty",
    "ServedParty",
    "ServedPartyError",
    "assert_same_behaviour",
]

DEFAULT_BUDGET = 60
"""How many generated scripts to play; fewer than `pkcompat verify` plays, so that a test takes seconds."""


class BehaviourDiffersError(PkcompatError, AssertionError):
    """Two forms behave differently. The message shows the traffic step by step, and where they differ.

    Attributes:
        traffic: the given traffic, or the shortest generated traffic under which they differ.
    """

    def __init__(self, message: str, traffic: Traffic) -> None:
        super().__init__(message)
        self.traffic = traffic


def assert_same_behaviour(
    old: object,
    new: object,
    traffic: Traffic | str | Path | Sequence[Step] | None = None,
    *,
    ignore: Iterable[str | re.Pattern[str]] = (),
    seed: int | None = None,
    budget: int = DEFAULT_BUDGET,
) -> None:
    """Assert that two forms of a party look the same to their clients.

    Both run in this process and in virtual time, with clocks and randomness held still. Module globals keep
    their values from one script to the next, in both forms alike. Where that matters, or where both forms
    share a module with state, pass targets: these run in processes of their own, and each script starts with
    fresh imports.

    Args:
        old: the object form: what `legacy_to_class` takes, or a target such as `chat.py`.
        new: the class form: a `PartyServer` class, or any other form; a target if `old` is one.
        traffic: what the clients do: a `Traffic`, its steps, or the path of a traffic file. By default it is
            generated from the messages that the module of the old form understands.
        ignore: regular expressions; texts that match are not compared.
        seed: for generated traffic: the same seed gives the same traffic. By default that of pytest's option
            `--pkcompat-seed`, or 0.
        budget: for generated traffic: how many scripts to play.

    Raises:
        BehaviourDiffersError: the forms differ; it is an `AssertionError`.
        TypeError: only one of the two is a target.
        LegacyPartyError: the old form is not a party.
        VerifyError: a target cannot be run.
        TrafficFileError: the traffic file cannot be read, or has no steps.
        ValueError: the given traffic has no steps, so that any two forms would agree.
    """
    __tracebackhide__ = True
    seed = present_seed() if seed is None else seed
    rules = Rules(texts=tuple(re.compile(pattern) for pattern in ignore))
    given = None if traffic is None else _traffic(traffic)
    party = given.party if given is not None else DEFAULT_PARTY
    with _forms(old, new, party) as forms:
        outcome: Comparison | Separation | None
        if given is not None:
            outcome = compare_under(given.steps, forms.old, forms.new, rules=rules)
        else:
            explorer = Explorer(forms.ground, seed)
            outcome = explore(
                forms.old, forms.new, explorer, rules=rules, budget=budget, lines=forms.lines
            ).separation
            given = Traffic(party, outcome.script if outcome is not None else ())
    if outcome is not None and outcome.between:
        results = [
            FormResult(name, name, run.transcript, (), run.output)
            for name, run in zip(forms.names, (outcome.old, outcome.new), strict=True)
        ]
        verification = Verification(given, results[0], results[1], outcome.between)
        raise BehaviourDiffersError(_described(verification, None if traffic is not None else seed), given)


@dataclass(frozen=True, slots=True)
class _Forms:
    old: FormRunner
    new: FormRunner
    ground: Ground
    lines: Lines
    names: tuple[str, str]


@contextmanager
def _forms(old: object, new: object, party: str) -> Iterator[_Forms]:
    if isinstance(old, str) and isinstance(new, str):
        with FormProcess() as old_form, FormProcess() as new_form:
            modules = _load(old_form, old, party, "old form"), _load(new_form, new, party, "new form")
            lines = lines_of(modules[0]), lines_of(modules[1])
            yield _Forms(old_form, new_form, ground_of(*modules, HostPlan({})), lines, (old, new))
    elif isinstance(old, str) or isinstance(new, str):
        raise TypeError("either both forms are targets, which are texts, or neither is")
    else:
        live, other = LiveForm(old, party), LiveForm(new, party)
        modules = live.modules(), other.modules()
        lines = lines_of(modules[0]), lines_of(modules[1])
        ground = ground_of(*modules, HostPlan({}))
        yield _Forms(live, other, ground, lines, form_names(live.form, other.form))


def _load(process: FormProcess, target: str, party: str, label: str) -> FormModules:
    try:
        return process.load(FormPlan(HostPlan({DEFAULT_PARTY: target, party: target}, debug=True), party))
    except FormError as error:
        raise VerifyError(f"the {label} cannot be served: {error}", error.detail) from None


def _traffic(traffic: Traffic | str | Path | Sequence[Step]) -> Traffic:
    if isinstance(traffic, str | Path):
        return load_traffic_to_compare(traffic)
    given = traffic if isinstance(traffic, Traffic) else Traffic(DEFAULT_PARTY, tuple(traffic))
    if not given.steps:
        raise ValueError(
            "the traffic has no steps, so nothing would be compared; leave it out to have it generated"
        )
    return given


def _described(verification: Verification, seed: int | None) -> str:
    text = io.StringIO()
    console = Console(file=text, width=1_000, highlight=False, emoji=False, color_system=None)
    names = (verification.old.form, verification.new.form)
    how = "the traffic" if seed is None else f"generated traffic (seed {seed}); the shortest script found"
    console.print(f"the two forms differ under {how}:\n", markup=False)
    show_steps(console, verification, names)
    show_outputs(console, verification, names)
    return text.getvalue().rstrip()
