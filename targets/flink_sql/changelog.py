"""Changes that a stream gives, folded into the rows that it has come to."""

from collections import Counter
from collections.abc import Iterator, Sequence

from oftra.target import RunError


def folded(changes: Sequence[Sequence[object]], key: Sequence[int]) -> Iterator[list[object]]:
    """The rows that are left of changes, each led by its kind. Where there is a key, a row may take another's place."""
    if key:
        kept: dict[str, list[object]] = {}
        for kind, *values in changes:
            place = repr([values[at] for at in key])
            if kind in ("+I", "+U"):
                kept[place] = ["+I", *values]
            elif kind == "-D":
                kept.pop(place, None)
        yield from kept.values()
        return
    left = Counter[str]()
    rows: dict[str, list[object]] = {}
    for kind, *values in changes:
        rows[repr(values)] = values
        left[repr(values)] += 1 if kind in ("+I", "+U") else -1
    for row, times in left.items():
        if times < 0:
            raise RunError("Flink took a row back that it never gave")
        for _ in range(times):
            yield ["+I", *rows[row]]
