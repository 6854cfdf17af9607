"""Reading JSON fields: errors with their place, unknown names."""

import pytest

from pkcompat.traffic.json_fields import FieldError, Fields, nearest


def test_values_of_the_right_kind() -> None:
    fields = Fields({"text": "x", "number": 1.5, "whole": 3, "items": [1], "data": "AAE="}, "here")
    assert fields.text("text") == "x"
    assert fields.text("absent", "default") == "default"
    assert fields.number("number") == 1.5
    assert fields.whole_number("whole") == 3
    assert fields.items("items") == [1]
    assert fields.base64("data") == b"\x00\x01"
    assert fields.one_of(["absent", "text"]) == "text"
    assert fields.one_of(["absent"]) is None


@pytest.mark.parametrize("method", ["text", "number", "whole_number", "items", "base64"])
def test_a_missing_field_is_told_with_its_place(method: str) -> None:
    with pytest.raises(FieldError, match="here: `name` is missing"):
        getattr(Fields({}, "here"), method)("name")


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("text", None, "must be a string, is null"),
        ("number", True, "must be a number, is true or false"),
        ("number", float("inf"), "must be zero or more"),
        ("whole_number", 1.5, "must be a whole number, is a number"),
        ("items", {}, "must be a list, is an object"),
        ("base64", "a", "is not base64"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told(method: str, value: object, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        getattr(Fields({"name": value}, "here"), method)("name")


def test_names_that_are_nearly_right_are_told_and_others_let_be() -> None:
    Fields({"note": 1, "text": 2}, "here").reject_misspelt(["text", "client"])
    with pytest.raises(FieldError, match="`clint` is not a field here; did you mean `client`"):
        Fields({"clint": 1}, "here").reject_misspelt(["text", "client"])
    assert nearest("zzz", ["text"]) is None
