"""Files written whole or not at all: beside their place first, then renamed into it."""

import errno
import os
import shutil
from collections.abc import Callable

from oftra.connectors import ENDINGS
from oftra.leftovers import abandoned, clear, mine

NEW = ".oftra-"
OLD = ".oftra-old-"


def written_whole(path: str, write: Callable[[str], None]) -> None:
    """Let `write` make a file or folder beside `path`, and put it there once it is complete.

    Whatever happens on the way (an error, an interrupt, a full disk), what was at `path` stays as it was.
    """
    if "://" in path:
        # An object store shows an object only when it is complete.
        write(path)
        return
    folder, name = os.path.split(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    _tidy(folder, name)
    # The ending stays: it tells engines the format.
    beside = os.path.join(folder, mine(NEW, f"-{name}"))
    try:
        write(beside)
        _replace(beside, os.path.join(folder, name))
    except BaseException:
        clear(beside)
        raise


def _tidy(folder: str, name: str) -> None:
    """Do away with what runs that were killed left of `name`; what one had only put aside is put back."""
    for left in abandoned(folder, OLD, f"-{name}"):
        if os.path.lexists(os.path.join(folder, name)):
            clear(left)
        else:
            os.rename(left, os.path.join(folder, name))
    for left in abandoned(folder, NEW, f"-{name}"):
        clear(left)


_HERE, _EXCHANGE = -100, 2
"""`AT_FDCWD` and `RENAME_EXCHANGE` of Linux."""


def _exchanged(new: str, place: str) -> bool:
    """Whether two folders have changed places, in one step; not every system and file system can."""
    import ctypes  # for folders alone

    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(rename(_HERE, os.fsencode(new), _HERE, os.fsencode(place), _EXCHANGE) == 0)


def _replace(new: str, place: str) -> None:
    if os.path.isdir(place) and not os.path.islink(place):
        _must_be_data(place)
        # A folder can't be renamed onto one that holds something: both change places, in one step where that can be.
        if _exchanged(new, place):
            shutil.rmtree(new)
            return
        old = os.path.join(os.path.dirname(place), mine(OLD, f"-{os.path.basename(place)}"))
        os.rename(place, old)
        try:
            os.rename(new, place)
        except OSError:
            os.rename(old, place)
            raise
        shutil.rmtree(old)
    else:
        os.replace(new, place)


def _must_be_data(folder: str) -> None:
    """Raise an OSError if a folder that a table is about to replace holds anything but data: it is somebody's."""
    for above, _, names in os.walk(folder):
        for name in names:
            ending = name.removesuffix(".gz").rpartition(".")[2]
            if ending not in ENDINGS and not name.startswith(("_", ".")):
                found = os.path.join(above, name)
                raise FileExistsError(errno.EEXIST, "this folder would be replaced, and holds other files", found)
