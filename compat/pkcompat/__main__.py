"""`python -m pkcompat`: the command."""

from pkcompat.command import main

if __name__ == "__main__":
    main()
