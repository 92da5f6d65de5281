"""The command line: one module a command, and what they share.

This module is what every start imports, so it imports nothing: a command's own needs come with the command.
"""

import gc
import sys

from oftra import __version__
from oftra.cli.status import INTERRUPTED


def main() -> int:
    """Run the command that the arguments ask for; gives the exit status."""
    if sys.argv[1:] == ["--version"]:
        print(f"oftra {__version__}")
        return 0
    # A compile makes millions of small objects and keeps nearly all until it ends; looking for cycles among them again
    # and again would be a fifth of its time. What a run allocates is the engine's, which counts its own. Only a process
    # that is ours may decide this, so the Python API does not.
    gc.disable()
    try:
        from oftra.cli.app import run  # with it comes click, which `--version` does without

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # while importing, or while telling of another one
        return INTERRUPTED
