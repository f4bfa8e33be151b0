"""``python -m engine``: the headless commands alone."""

import sys

from engine.cli import cli, run
from engine.cli.reporting import Session

if __name__ == "__main__":
    sys.exit(run(cli, Session()))
