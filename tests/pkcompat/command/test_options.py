"""Values of command line options: pairs and budgets."""

import pytest
import typer

from pkcompat.command import options
from pkcompat.command.options import check_origins, pairs
from pkcompat.verify import search as exploration


def test_names_and_values() -> None:
    assert pairs(["my-party=a.py:b", "other=c"], "--party") == {"my-party": "a.py:b", "other": "c"}
    assert pairs(["KEY=a=b", "EMPTY="], "--env") == {"KEY": "a=b", "EMPTY": ""}
    assert pairs(None, "--env") == {}


@pytest.mark.parametrize(
    ("value", "option", "message"),
    [
        (["a.py"], "--party", "'a.py' is not NAME=TARGET"),
        (["chat="], "--party", "'chat=' is not NAME=TARGET"),
        (["=x"], "--env", "'=x' is not NAME=VALUE"),
        (["a=1", "a=2"], "--env", "'a' is given twice"),
    ],
)
def test_what_is_no_pair(value: list[str], option: str, message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        pairs(value, option)


def test_an_origin_that_is_none_is_refused_with_what_to_write() -> None:
    check_origins(None)
    check_origins(["https://example.com", "https://*.example.com"])
    with pytest.raises(typer.BadParameter, match=r"has no scheme: write https://example\.com"):
        check_origins(["example.com"])


def test_the_budget_is_that_of_explorations() -> None:
    assert options.DEFAULT_BUDGET == exploration.DEFAULT_BUDGET
