"""The exit status of every command."""

ALL_WELL = 0
"""Nothing was found, everything was done."""

FOUND = 1
"""What was asked to be found was found: a file would change, two forms differ."""

WRONG_USE = 2
"""Wrong use, or a file that could not be processed."""
