"""`python -m hangtag`."""

from hangtag.cli import main

if __name__ == "__main__":
    main()
