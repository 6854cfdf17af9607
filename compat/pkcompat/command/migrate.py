from pathlib import Path


def migrate(paths: list[Path]) -> None:
    "x"
