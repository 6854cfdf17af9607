"""Deciding which form answers and which is its shadow, for `pkcompat serve --shadow`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.migrate import migrated_sources
from pkcompat.shadow.records import ShadowTarget


class ShadowPlanError(PkcompatError):
    """A party cannot have a shadow. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ShadowedParties:
    """The forms of a host's parties.

    Attributes:
        answering: the targets of the parties that answer, by name.
        sources: their replaced source code, by file path.
        shadows: the other forms, by name.
        told: a line of text for each shadow.
    """

    answering: Mapping[str, str]
    sources: Mapping[Path, bytes] = field(default_factory=dict)
    shadows: Mapping[str, ShadowTarget] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def shadowed_parties(
    parties: Mapping[str, str], wanted: Mapping[str, str | None], *, promote: bool
) -> ShadowedParties:
    """Decide which form answers.

    Args:
        parties: the targets of all parties, by name.
        wanted: the targets of the shadows, by party name; None means the party's module as migrated by the
            codemod.
        promote: let the other form answer, with the present party as its shadow.

    Raises:
        ShadowPlanError: there is no such party, or the codemod does not change it.
        TargetError: a target is invalid.
        ModuleLoadError: there is no such module.
        MigratedTargetError: the codemod cannot process it.
    """
    answering = dict(parties)
    sources: dict[Path, bytes] = {}
    shadows: dict[str, ShadowTarget] = {}
    lines: list[str] = []
    for name, target in wanted.items():
        if name not in parties:
            raise ShadowPlanError(f"there is no party {name!r} to shadow; there are: {', '.join(parties)}")
        present = ShadowTarget(parties[name])
        other, shown, left = _other_form(name, parties[name], target)
        lines += left
        if promote:
            answering[name] = other.target
            sources |= other.sources
            shadows[name] = present
            lines.append(f"{name} is answered by {shown}; its shadow is {parties[name]} as it is")
        else:
            shadows[name] = other
            lines.append(f"the shadow of {name} is {shown}")
    return ShadowedParties(answering, sources, shadows, tuple(lines))


def _other_form(name: str, present: str, target: str | None) -> tuple[ShadowTarget, str, tuple[str, ...]]:
    """The other form, what to call it, and lines to report about it."""
    if target is not None:
        return ShadowTarget(target), target, ()
    migrated = migrated_sources(present)
    if migrated.outcome == "untouched":
        raise ShadowPlanError(
            f"the codemod leaves {present} as it is, so it has no other form; "
            f"name one: --shadow {name}=TARGET"
        )
    shown = f"what the codemod makes of {present} ({migrated.outcome})"
    return ShadowTarget(present, migrated.sources), shown, migrated.left
