"""The parse tables: loaded in milliseconds, and made anew where they are missing or older than the grammar."""

import marshal
import os
import tempfile
from importlib.util import source_hash
from pathlib import Path
from typing import Any

FORMAT = 5
GRAMMAR = Path(__file__).with_name("oftra.lark")
BESIDE = Path(__file__).with_name("oftra.tables")


def load() -> tuple[Any, ...]:
    """The tables as `build.build` describes them. Rows stay packed: the parser unpacks those that it comes to."""
    grammar = GRAMMAR.read_bytes()
    wanted = source_hash(grammar)
    for place in (BESIDE, _user_cache()):
        tables = _read(place, wanted)
        if tables is not None:
            return tables
    # Lark takes a tenth of a second to import and a second to work: only when nothing fits.
    from oftra.grammar.build import build

    made = build(grammar.decode())
    for place in (BESIDE, _user_cache()):
        if _write(place, made):
            break
    tables = marshal.loads(made)
    assert isinstance(tables, tuple)
    return tables


def _read(place: Path, wanted: bytes) -> tuple[Any, ...] | None:
    """The tables at `place`, if they are there and made from the grammar whose hash is `wanted`."""
    try:
        tables = marshal.loads(place.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return tables if isinstance(tables, tuple) and tables[:2] == (FORMAT, wanted) else None


def _write(place: Path, made: bytes) -> bool:
    """Put `made` at `place` in one step, so that no other process sees half of it; False if that is not allowed."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        os.replace(name, place)
    except OSError:
        return False
    return True


def _user_cache() -> Path:
    """Where the tables go if the package's own folder cannot be written."""
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(folder, "oftra", "oftra.tables")
