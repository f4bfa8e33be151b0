"""The entry point as installed: Ctrl-C is answered while the command line is loaded, too."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is the answer."""
    try:
        if sys.argv[1:2] == ["scan"] and "--help" not in sys.argv:
            # Its children's libraries take longest to load: they begin before the commands do.
            from engine.isolation import warm_up

            warm_up()
        from tui.commands import run_commands

        return run_commands()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
