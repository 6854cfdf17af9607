"""The results of comparing parties as JSON, as `pkcompat migrate --verify` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.migrate.verified import PartyVerification, VerificationTerms
    from pkcompat.traffic import Event, Result
    from pkcompat.verify import GeneratedVerification, Verification


def verification_terms(terms: VerificationTerms) -> dict[str, Any]:
    """The terms of the comparisons."""
    from pkcompat.forms import HELD_STILL

    return {
        "seed": terms.seed,
        "budget": terms.budget,
        "require_coverage": terms.required_coverage,
        "held_still": HELD_STILL,
        "ignored": [pattern.pattern for pattern in terms.rules.texts],
    }


def party_verification(shown: PartyVerification) -> dict[str, Any]:
    """The result of comparing a party's forms.

    `agreed` is the comparison with what is written; null if none agreed. `separation` is the script that told
    the forms apart, in the format of a traffic file, and how they differed; null if there is none.
    """
    return {
        "agreed": None if shown.agreed is None else _agreed(shown.agreed),
        "separation": None
        if shown.separation is None or shown.separation.verification is None
        else _separation(shown.separation.verification)
        | {"saved": None if shown.saved is None else str(shown.saved)},
    }


def _agreed(verification: GeneratedVerification) -> dict[str, Any]:
    exploration, reach = verification.exploration, verification.old
    return {
        "scripts": exploration.scripts,
        "steps": exploration.steps,
        "compared": exploration.events,
        "coverage": round(reach.percent, 1),
        "missed": sorted(reach.missed),
        "missed_elsewhere": [{"path": path, "line": line} for path, line in sorted(reach.others_missed)],
        "never_ran": list(verification.never_ran),
        "not_tried": list(verification.not_tried),
    }


def _separation(verification: Verification) -> dict[str, Any]:
    from pkcompat.traffic import dump_traffic

    return {
        "traffic": json.loads(dump_traffic(verification.traffic)),
        "differences": [
            {
                "step": difference.step + 1,
                "client": difference.client,
                "old": _seen(difference.expected),
                "new": _seen(difference.got),
            }
            for difference in verification.between
        ],
    }


def _seen(seen: Result | tuple[Event, ...]) -> Any:
    from pkcompat.traffic import dump_event, dump_result

    return [dump_event(event) for event in seen] if isinstance(seen, tuple) else dump_result(seen)
