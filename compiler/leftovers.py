"""What processes that were killed left behind: files and folders that were never put in their place."""

import os
import re
import shutil
from contextlib import suppress


def mine(before: str, behind: str = "") -> str:
    """A name for something unfinished that belongs to this process."""
    return f"{before}{os.getpid()}{behind}"


def abandoned(folder: str, before: str, behind: str = "") -> list[str]:
    """What lies in `folder` under a name that `mine` gave to a process that is no more."""
    pattern = re.compile(re.escape(before) + r"(\d+)" + re.escape(behind))
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [(name, match) for name in names if (match := pattern.fullmatch(name)) is not None]
    return [os.path.join(folder, name) for name, match in found if not is_running(int(match[1]))]


def is_running(process: int) -> bool:
    """Whether there is such a process. If that can't be known there is: what it may need is left alone."""
    if os.name == "nt":  # asking would end it there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def clear(path: str) -> None:
    """Remove a file or a folder with all that is in it; what can't be removed stays."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(path)
