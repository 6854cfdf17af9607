"""JSON of verifications."""

from __future__ import annotations

import re
from pathlib import Path

from pkcompat.migrate.verification_json import party_verification, verification_terms
from pkcompat.migrate.verified import PartyVerification, VerificationTerms
from pkcompat.traffic.comparison import Difference, Rules
from pkcompat.traffic.steps import Connect, Traffic
from pkcompat.traffic.transcript import Message, Opened, StepRecord, Unanswered
from pkcompat.verify.generated_traffic import GeneratedVerification, GenerationPlan, Reach
from pkcompat.verify.given_traffic import FormResult, Verification
from pkcompat.verify.search import Exploration


def compared(verification: Verification | None = None) -> GeneratedVerification:
    exploration = Exploration(7, 50, 120, frozenset(), frozenset(), None, ())
    reach = Reach("chat.py", frozenset(range(3)), frozenset({2}))
    plan = GenerationPlan("chat.py", "chat.py")
    return GeneratedVerification(
        plan, exploration, ("object", "class"), reach, reach, verification, False, False, ("on_alarm",)
    )


def test_the_terms() -> None:
    terms = VerificationTerms(rules=Rules(texts=(re.compile("a+"),)), seed=3, budget=9, required_coverage=80)
    document = verification_terms(terms)
    assert document.pop("held_still").startswith("clocks stand at ")
    assert document == {"seed": 3, "budget": 9, "require_coverage": 80, "ignored": ["a+"]}


def test_what_agreed() -> None:
    document = party_verification(PartyVerification(agreed=compared()))
    (left_out,) = document["agreed"].pop("not_tried")
    assert left_out.startswith("two sockets of one id at a time")
    assert document == {
        "agreed": {
            "scripts": 7,
            "steps": 50,
            "compared": 120,
            "coverage": 66.7,
            "missed": [2],
            "missed_elsewhere": [],
            "never_ran": ["on_alarm"],
        },
        "separation": None,
    }


def test_what_told_the_forms_apart() -> None:
    run = FormResult("chat.py", "object", (StepRecord(Opened()),), (), "")
    between = (
        Difference(0, "a", (Message("x"),), ()),
        Difference(0, None, Opened(), Unanswered("gone")),
    )
    verification = Verification(Traffic("main", (Connect("a", "/party/r"),), name="chat"), run, run, between)
    shown = PartyVerification(separation=compared(verification), saved=Path("scripts/chat.json"))
    assert party_verification(shown) == {
        "agreed": None,
        "separation": {
            "traffic": {
                "name": "chat",
                "party": "main",
                "steps": [{"op": "connect", "client": "a", "path": "/party/r"}],
            },
            "differences": [
                {"step": 1, "client": "a", "old": [{"text": "x"}], "new": []},
                {"step": 1, "client": None, "old": {"open": True}, "new": {"error": "gone"}},
            ],
            "saved": "scripts/chat.json",
        },
    }
