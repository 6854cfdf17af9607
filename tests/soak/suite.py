"""A set of experiments that are run together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Suite:
    """Experiments of one subject.

    Attributes:
        package: holds a module an experiment.
        folder: where these modules are.
        module: what `python -m` runs.
        command: the `make` target of the long form.
        page: where the figures are written.
    """

    package: str
    folder: Path
    module: str
    command: str
    page: Path = Path(__file__).parents[2] / "docs" / "reliability.md"

    @property
    def begin(self) -> str:
        """The line of the page before the figures."""
        return f"<!-- written by `python -m {self.module} --write` -->\n"

    @property
    def end(self) -> str:
        """The line of the page behind the figures."""
        return f"<!-- until here: {self.module} -->\n"


HOST = Suite("tests.soak.experiments", Path(__file__).with_name("experiments"), "tests.soak", "make soak")
"""One host, the codemod and the command."""
