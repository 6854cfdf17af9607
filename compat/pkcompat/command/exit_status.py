"""The exit status of every command."""

ALL_WELL = 0
"""Success: everything was done, and nothing was found."""

FOUND = 1
"""The command found what it looks for: a file would change, or two forms differ."""

WRONG_USE = 2
"""The command line is wrong, or a file could not be processed."""
