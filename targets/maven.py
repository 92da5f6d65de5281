"""Jars from Maven: fetched once into a folder of the user's cache, and checked each time.

They come from Maven Central, or from the mirror of it that `~/.m2/settings.xml` names.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CENTRAL = "https://repo1.maven.org/maven2"


class NotFetched(Exception):
    """A jar could not be had, or is not the one that was meant."""


def cache(name: str) -> Path:
    """The folder of the user's cache called `name`."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / name


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Nobody else makes `place` meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.parent / f"{place.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def jars(folder: Path, artifacts: Mapping[str, str]) -> list[Path]:
    """The jars of `artifacts` in `folder`, all there and whole.

    An artifact is named by its folder and version (`org/roaringbitmap/shims/0.9.25`); beside it stands the SHA-256.
    """
    with alone(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return [_jar(folder, artifact, wanted) for artifact, wanted in artifacts.items()]


def _jar(folder: Path, artifact: str, wanted: str) -> Path:
    _, name, version = artifact.rsplit("/", 2)
    place = folder / f"{name}-{version}.jar"
    if place.exists() and _sum(place) == wanted:
        return place
    beside = place.with_suffix(".new")
    _fetch(f"{_source()}/{artifact}/{place.name}", beside)
    if _sum(beside) != wanted:
        raise NotFetched(f"{place.name} is not what it was when its checksum was taken")
    os.replace(beside, place)
    return place


def _fetch(url: str, place: Path) -> None:
    import urllib.request  # heavy, and only the first run fetches anything

    try:
        with urllib.request.urlopen(url, timeout=120) as found:
            place.write_bytes(found.read())
    except OSError as error:
        raise NotFetched(f"{url}: {error}") from error


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _source() -> str:
    """Maven Central, or what stands in for it here."""
    from xml.etree import ElementTree  # heavy, and only the first run fetches anything

    settings = Path.home() / ".m2" / "settings.xml"
    if settings.exists():
        for mirror in ElementTree.parse(settings).iterfind("{*}mirrors/{*}mirror"):
            of, url = mirror.findtext("{*}mirrorOf", ""), mirror.findtext("{*}url", "")
            if url and {"*", "central", "external:*"} & set(of.split(",")):
                return url.rstrip("/")
    return CENTRAL
