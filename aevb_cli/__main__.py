"""`python -m aevb_cli` is `aevb`."""

from aevb_cli.app import main

if __name__ == "__main__":
    main()
