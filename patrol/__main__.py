"""`python -m patrol` is `patrol`."""

from patrol.cli.app import main

if __name__ == "__main__":
    main()
