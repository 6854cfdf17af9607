"""When traffic may have two sockets of one id at a time."""

from __future__ import annotations

import pytest

from pkcompat.verify.ground import shares_ids
from pkcompat.verify.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("hibernates", "reads", "fair"), [(True, True, False), (True, False, True), (False, True, True)]
)
def test_where_it_is_fair(hibernates: bool, reads: bool, fair: bool) -> None:
    assert shares_ids(hibernates, Vocabulary(reads_connections=reads)) is fair
