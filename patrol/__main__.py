"""`python -m patrol` is `patrol`."""

from patrol.cli import main

if __name__ == "__main__":
    main()
