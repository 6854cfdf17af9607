"""Two forms under the same traffic: given, generated, shrunk."""

from pkcompat.verify.generated_traffic import (
    GeneratedVerification,
    GenerationPlan,
    Reach,
    ground_of,
    joined_reach,
    lines_of,
    side_plan,
    verify_generated,
)
from pkcompat.verify.given_traffic import (
    SideRun,
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
    "FormRunner",
    "GeneratedVerification",
    "GenerationPlan",
    "Ground",
    "Lines",
    "Reach",
    "Separation",
    "SideRun",
    "Verification",
    "VerificationPool",
    "VerifyError",
    "VerifyPlan",
    "compare_under",
    "explore",
    "form_names",
    "ground_of",
    "joined_reach",
    "lines_of",
    "side_plan",
    "start_both",
    "tell_script",
    "verify",
    "verify_generated",
    "verify_held_still",
]
