"""``python -m engine``: the headless commands alone."""

import sys


def main() -> int:
    """Run the command line; to load it takes a moment in which Ctrl-C may come, too."""
    try:
        from engine.cli import cli, run
        from engine.cli.reporting import Session

        return run(cli, Session())
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
