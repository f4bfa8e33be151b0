"""The entry point as installed: Ctrl-C is answered while the command line is loaded, too."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is the answer."""
    try:
        if sys.argv[1:2] == ["scan"] and "--help" not in sys.argv:
            # What takes longest to load comes before the commands: its children are copied from it.
            from engine.isolation import load_and_warm_up

            load_and_warm_up()
        from tui.commands import run_commands

        return run_commands()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
