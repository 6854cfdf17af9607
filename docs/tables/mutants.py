"""How many wrong class forms generated traffic finds, as `make mutants` holds it to."""

from __future__ import annotations

from benchmarks.fixture_pairs import NAMES, class_form
from benchmarks.mutants import explanations
from benchmarks.mutation_operators import OPERATORS, mutants_of
from docs.tables.markdown import markdown_table


def figures() -> str:
    """Every mutant that is missed must be explained, or the command fails: so the explanations count them."""
    total = sum(len(mutants_of(class_form(name).read_text(encoding="utf-8"))) for name in NAMES)
    equal = sum(each.equal for each in explanations().values())
    missed = len(explanations()) - equal
    found = total - equal - missed
    return markdown_table(
        ("Mutants", "Of them"),
        [
            (
                f"made of {len(NAMES)} fixtures, by {len(OPERATORS)} operators (a dropped send, `>` for "
                "`>=`, a forgotten `await`, a lost handler, another storage key, ...)",
                str(total),
            ),
            ("that behave as the right form does: each was looked at, and does not count", str(equal)),
            ("found by generated traffic, with seed 0 and the default budget", str(found)),
            ("missed: `benchmarks/mutants_explained.toml` says of each why", str(missed)),
            ("found, of those that count", f"{100 * found / (found + missed):.1f} %"),
        ],
    )
