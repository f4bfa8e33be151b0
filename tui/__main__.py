"""``python -m tui``: the whole command line, as installed."""

import sys

from tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
