"""How many wrong class forms generated traffic finds. Run it with `make mutants`.

Every class form in `fixtures/class_form` is made wrong by each mutation operator at each place that it fits.
A mutant is found if generated traffic tells it from the object form. Those that are not found must be
explained in `mutants_explained.toml`: either nothing that clients do tells them apart (`equal = true`; they
are left out of the figure), or they were missed (`equal = false`; they count). A mutant that is called equal
and is found all the same makes the command fail.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.fixture_pairs import COMPANIONS, NAMES, class_form, object_form
from benchmarks.mutation_operators import Mutant, mutants_of

from pkcompat.forms import FormError, FormProcess, FormRun
from pkcompat.traffic import Step, tell_step
from pkcompat.verify import DEFAULT_BUDGET, Exploration, Explorer, explore, form_plan, ground_of, lines_of

EXPLAINED = Path(__file__).with_name("mutants_explained.toml")
WANTED = 95.0
"""Percent of the mutants that can be told apart."""

LANES = 2
_RUN_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a mutant: `found`, `unfit` where it cannot even be imported, or `left`."""

    fixture: str
    mutant: Mutant
    outcome: str
    scripts: int

    @property
    def name(self) -> tuple[str, str]:
        """The fixture and the change, by which it is explained."""
        return self.fixture, self.mutant.change


class RememberedForm:
    """The object form, which does the same under the same script: it runs each once."""

    def __init__(self, process: FormProcess) -> None:
        self._process = process
        self._known: dict[tuple[tuple[Step, ...], bool], FormRun] = {}
        self._asked: tuple[tuple[Step, ...], bool] = ((), False)
        self.ahead = 1  # one result at a time is remembered

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        self._asked = (tuple(steps), with_lines)
        if self._asked not in self._known:
            self._process.begin(steps, with_lines=with_lines)

    def outcome(self) -> FormRun:
        if self._asked not in self._known:
            self._known[self._asked] = self._process.outcome()
        return self._known[self._asked]


def try_fixture(name: str, seed: int, budget: int, old: FormProcess, new: FormProcess) -> Iterator[Tried]:
    """Try every mutant of a fixture's class form, and before them the class form itself."""
    right_form = class_form(name)
    modules = old.load(form_plan(COMPANIONS, str(object_form(name))))
    old_lines = lines_of(modules)
    remembered = RememberedForm(old)

    def explored(sources: Mapping[Path, bytes]) -> Exploration:
        tried = new.load(form_plan(COMPANIONS, str(right_form), sources))
        explorer = Explorer(ground_of(modules, tried, COMPANIONS), seed)
        lines = old_lines, lines_of(tried)
        return explore(remembered, new, explorer, budget=budget, shrinks=False, lines=lines)

    right = explored({})
    if right.separation is not None:
        shown = "; ".join(map(tell_step, right.separation.script))
        raise SystemExit(f"{name}: the object form and the right class form differ: {shown}")
    for comparison in right.unsteady:
        print(f"{name}: differed once: {comparison.between}", file=sys.stderr, flush=True)
    for mutant in mutants_of(right_form.read_text(encoding="utf-8")):
        try:
            tried = explored({right_form: mutant.source.encode()})
        except FormError:
            yield Tried(name, mutant, "unfit", 0)
        else:
            yield Tried(name, mutant, "left" if tried.agrees else "found", tried.scripts)


def try_all(names: Iterator[str], seed: int, budget: int) -> list[Tried]:
    """Try the mutants of those fixtures that no other lane takes, in two processes all along."""
    tried: list[Tried] = []
    with FormProcess() as old, FormProcess(run_timeout=_RUN_TIMEOUT) as new:
        for name in names:
            some = list(try_fixture(name, seed, budget, old, new))
            found = sum(one.outcome == "found" for one in some)
            print(f"{name}: {found} of {len(some)} found", file=sys.stderr, flush=True)
            tried += some
    return tried


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why generated traffic does not find a mutant; `equal` where nothing that clients do tells it from the
    right form."""

    equal: bool
    why: str


def explanations() -> dict[tuple[str, str], Explanation]:
    """What is explained, by fixture and change."""
    document = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return {
        (entry["fixture"], change): Explanation(entry["equal"], entry["why"])
        for entry in document.get("mutants", [])
        for change in entry["changes"]
    }


@dataclass(frozen=True, slots=True)
class Score:
    """What the trial of all mutants came to.

    Attributes:
        distinct: the mutants that can be told from the right form: all that can be imported, without those
            that were looked at by hand and do not behave differently to anybody.
        found: those that generated traffic told apart.
        equal: those that behave as the right form does.
        missed: those that can be told apart, and were not.
        unexplained: those of the missed ones about which nothing is said.
        refuted: those that are said to be equal, and were found.
    """

    distinct: Sequence[Tried]
    found: Sequence[Tried]
    equal: Sequence[Tried]
    missed: Sequence[Tried]
    unexplained: Sequence[Tried]
    refuted: Sequence[Tried]

    @property
    def percent(self) -> float:
        """How many of those that can be told apart were found, of 100."""
        return 100 * len(self.found) / len(self.distinct)

    @property
    def is_well(self) -> bool:
        """Whether enough are found, and the rest is explained."""
        return self.percent >= WANTED and not self.unexplained and not self.refuted


def score(tried: Sequence[Tried], known: Mapping[tuple[str, str], Explanation]) -> Score:
    """Count what was tried."""
    found = [one for one in tried if one.outcome == "found"]
    left = [one for one in tried if one.outcome == "left"]
    equal = [one for one in left if _is_equal(one, known)]
    missed = [one for one in left if one not in equal]
    return Score(
        distinct=[*found, *missed],
        found=found,
        equal=equal,
        missed=missed,
        unexplained=[one for one in missed if one.name not in known],
        refuted=[one for one in found if _is_equal(one, known)],
    )


def _is_equal(one: Tried, known: Mapping[tuple[str, str], Explanation]) -> bool:
    return one.name in known and known[one.name].equal


def report(score: Score, known: Mapping[tuple[str, str], Explanation]) -> None:
    """Print the figure, and what is left."""
    for word, some in {
        "equal ": score.equal,
        "missed": score.missed,
        "WRONGLY called equal": score.refuted,
    }.items():
        for one in some:
            why = known[one.name].why if one.name in known else "? not explained"
            print(f"{word}  {one.fixture}: {one.mutant.change}\n        {why}")
    fit = [*score.distinct, *score.equal]
    print(
        f"\n{len(fit)} mutants by {len({one.mutant.operator for one in fit})} operators; {len(score.equal)} "
        f"behave as the right form does; of the other {len(score.distinct)} generated traffic finds "
        f"{len(score.found)}: {score.percent:.1f} %"
    )
    if score.unexplained:
        print(f"{len(score.unexplained)} that were not found are not explained in {EXPLAINED.name}")
    if score.refuted:
        print(f"{len(score.refuted)} that were found are called equal in {EXPLAINED.name}")


def _mutants_in(name: str) -> int:
    return len(mutants_of(class_form(name).read_text(encoding="utf-8")))


def main() -> None:
    parser = argparse.ArgumentParser(description="How many wrong class forms generated traffic finds.")
    parser.add_argument("fixtures", nargs="*", help="names of fixtures; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=DEFAULT_BUDGET, help="scripts for each mutant")
    arguments = parser.parse_args()
    names = sorted(arguments.fixtures or NAMES, key=_mutants_in, reverse=True)  # so the lanes end together
    waiting = iter(names)
    started = time.perf_counter()
    with ThreadPoolExecutor(LANES) as lanes:
        running = [lanes.submit(try_all, waiting, arguments.seed, arguments.budget) for _ in range(LANES)]
        tried = sorted((one for lane in running for one in lane.result()), key=lambda one: one.name)
    known = explanations()
    came = score(tried, known)
    report(came, known)
    print(
        f"seed {arguments.seed}, {arguments.budget} scripts a mutant; {time.perf_counter() - started:.0f} s"
    )
    raise SystemExit(not came.is_well)


if __name__ == "__main__":
    main()
