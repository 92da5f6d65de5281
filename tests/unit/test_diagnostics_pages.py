"""Every code has a page, and the programs on it show what the page says."""

import pytest
from programs import outcome_of

from oftra.diagnostics import Diagnostic
from oftra.diagnostics.pages import AREAS, all_codes, area_of, page_of, title_of

CODES = list(all_codes().values())


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.code)
def test_page_is_complete(kind: type[Diagnostic]) -> None:
    page = page_of(kind)
    assert page.summary.endswith(".") and "\n" not in page.summary
    assert page.wrong or page.cause, "`Wrong:` and an indented program, or words on how it comes"
    assert page.right or not page.wrong, "`Right:` and an indented program"
    assert kind.__module__.endswith("." + AREAS[area_of(kind.code)][0])


@pytest.mark.parametrize("kind", [kind for kind in CODES if page_of(kind).wrong], ids=lambda kind: kind.code)
def test_wrong_program_gives_the_code_alone(kind: type[Diagnostic]) -> None:
    outcome = outcome_of(page_of(kind).wrong or "", compile_it=kind.code.startswith("OF06"))
    assert set(outcome.codes) == {kind.code}, outcome.text


@pytest.mark.parametrize("kind", [kind for kind in CODES if page_of(kind).right], ids=lambda kind: kind.code)
def test_right_program_is_well(kind: type[Diagnostic]) -> None:
    outcome = outcome_of(page_of(kind).right or "", compile_it=kind.code.startswith("OF06"))
    assert not outcome.found, outcome.text


def test_title_reads_as_words() -> None:
    titles = [title_of(kind) for kind in CODES]
    assert len(titles) >= 40
    assert all(title == title.strip() and title[0].isupper() and "_" not in title for title in titles)
