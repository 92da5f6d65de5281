"""Wrong programs. Each line that is wrong says so, and the full message stands in a file beside.

`-- error: OF0203` (or `warning:`) at the end of a line expects that code there; several are separated by commas.
`NAME.txt` holds what people see; `make bless` writes it. A folder is a project; a file that begins with `from`,
`select`, `with` or `(` is a query.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from blessed import Golden
from programs import Outcome, checked, compiled, is_query

HERE = Path(__file__).parent
CASES = sorted([*HERE.glob("*.oftra"), *(folder for folder in HERE.iterdir() if (folder / "oftra.toml").exists())])
EXPECTED = re.compile(r"-- (error|warning): (OF\d{4}(?:, OF\d{4})*)[ \t]*$", re.MULTILINE)

Place = tuple[str, int, str, str]


def outcome_of(case: Path) -> Outcome:
    if case.is_dir():
        files = {path.relative_to(case).as_posix(): path.read_text() for path in case.rglob("*.oftra")}
        return compiled(files, (case / "oftra.toml").read_text())
    text = case.read_text()
    return checked({}, text) if is_query(text) else compiled({case.name: text})


def expected(outcome: Outcome) -> Counter[Place]:
    places: Counter[Place] = Counter()
    for path, source in outcome.sources.items():
        for match in EXPECTED.finditer(source.text):
            line = source.position(match.start()).line
            places.update((path, line, match[1], code) for code in match[2].split(", "))
    return places


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_mistake_is_found_in_its_place(case: Path, golden: Golden) -> None:
    outcome = outcome_of(case)
    found = Counter(
        (one.span.file, outcome.sources[one.span.file].position(one.span.start).line, one.severity, one.code)
        for one in outcome.found
    )
    assert found == expected(outcome), outcome.text
    golden.check_file(case.with_suffix(".txt"), outcome.text)


def test_there_are_cases() -> None:
    assert len(CASES) >= 10
