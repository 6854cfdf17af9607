"""Two forms under the same traffic: given, generated, shrunk."""

from pkcompat.verify.generated_traffic import (
    GeneratedVerification,
    GenerationPlan,
    Reach,
    form_plan,
    ground_of,
    joined_reach,
    lines_of,
    verify_generated,
)
from pkcompat.verify.given_traffic import (
    FormResult,
    Verification,
    VerifyError,
    VerifyPlan,
    form_names,
    start_both,
    verify,
)
from pkcompat.verify.ground import Ground
from pkcompat.verify.held_still import verify_held_still
from pkcompat.verify.narration import tell_script
from pkcompat.verify.pool import VerificationPool
from pkcompat.verify.scripts import Explorer
from pkcompat.verify.search import (
    DEFAULT_BUDGET,
    Comparison,
    Exploration,
    FormRunner,
    Lines,
    Separation,
    compare_under,
    explore,
)

__all__ = [
    "DEFAULT_BUDGET",
    "Comparison",
    "Exploration",
    "Explorer",
    "FormResult",
    "FormRunner",
    "GeneratedVerification",
    "GenerationPlan",
    "Ground",
    "Lines",
    "Reach",
    "Separation",
    "Verification",
    "VerificationPool",
    "VerifyError",
    "VerifyPlan",
    "compare_under",
    "explore",
    "form_names",
    "form_plan",
    "ground_of",
    "joined_reach",
    "lines_of",
    "start_both",
    "tell_script",
    "verify",
    "verify_generated",
    "verify_held_still",
]
