"""Giving an object old names by changing its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from partyserver import Cron
from pkcompat.legacy.lobby import legacy_cron
from pkcompat.legacy.old_names import taught


class Animal:
    def __init__(self) -> None:
        self.legs = 4

    def speak(self) -> str:
        return "animal"


class Dog(Animal):
    def speak(self) -> str:
        return "dog, " + super().speak()


@dataclass(frozen=True)
class Tag:
    text: str


class LoudNames:
    __slots__ = ()

    def speak(self) -> str:
        return "loud " + super().speak()  # type: ignore[misc]


class OldNames(LoudNames):
    __slots__ = ()

    @property
    def legCount(self) -> int:  # noqa: N802
        return self.legs  # type: ignore[attr-defined, no-any-return]


def home(cls: type) -> str:
    return f"{cls.__module__}:{cls.__name__}"


def learn(obj: Any, names: type = OldNames, base: type = Animal) -> Any:
    return taught(obj, names, home(base))


def test_the_object_itself_learns_the_names() -> None:
    animal = Animal()
    before = animal.__dict__
    assert learn(animal) is animal
    assert isinstance(animal, OldNames)
    assert isinstance(animal, Animal)
    assert animal.__dict__ == before
    assert animal.legCount == 4


def test_the_names_build_on_the_class_that_the_object_had() -> None:
    assert learn(Animal()).speak() == "loud animal"
    assert learn(Dog()).speak() == "loud dog, animal"
    assert [cls.__name__ for cls in type(learn(Dog())).__mro__] == [
        "OldNames",
        "OldNames",
        "LoudNames",
        "Dog",
        "Animal",
        "object",
    ]


def test_learning_twice_changes_nothing() -> None:
    animal = learn(Animal())
    cls = type(animal)
    assert type(learn(animal)) is cls
    assert type(learn(Animal())) is cls


def test_a_frozen_dataclass_can_learn() -> None:
    tag = learn(Tag("x"), LoudNames, Tag)
    assert isinstance(tag, LoudNames)
    assert tag.text == "x"


def test_only_objects_of_the_class_learn() -> None:
    for other in (None, 5, "room", Tag("x")):
        assert learn(other) is other
        assert not isinstance(other, OldNames)


def test_what_says_the_name_of_its_class_says_that_of_the_class_form() -> None:
    """A cron that is printed or sent reads the same in both forms."""
    plain = Cron("tick", "* * * * *", 5)
    text = repr(plain)
    assert text.startswith("Cron(name='tick'")
    assert (repr(legacy_cron(plain)), type(plain).__name__) == (text, "PartyKitCron")
