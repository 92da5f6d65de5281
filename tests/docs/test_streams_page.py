"""The page about streams: its example is a program in both modes, its tests pass, and what it shows is so."""

from pathlib import Path

from blocks import DOCS, blocks
from programs import formatted, program_of

import oftra
from oftra.ir.program import Mode
from oftra.ir.show_program import show_program

PAGE = DOCS / "streams.md"
BLOCKS = blocks(PAGE)
PROGRAM = "\n".join(block.text for block in BLOCKS if block.language == "oftra")


def test_the_example_is_well_in_every_mode() -> None:
    modes: list[Mode | None] = [None, "batch", "streaming"]
    for mode in modes:
        program, report = program_of(PROGRAM, mode)
        assert program is not None and not list(report), (mode, list(report))
        assert len(program.streams) == (0 if mode == "batch" else 6)


def test_its_tests_pass(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(PROGRAM)
    verdicts = oftra.load(tmp_path / "program.oftra").test()
    assert len(verdicts) == 2
    assert all(verdict.passed for verdict in verdicts), verdicts


def test_it_is_laid_out_as_the_formatter_does() -> None:
    for block in BLOCKS:
        if block.language == "oftra":
            assert formatted(block.text) == block.text


def test_what_it_shows_is_shown() -> None:
    program, _ = program_of(PROGRAM)
    assert program is not None
    shown = set(show_program(program).splitlines())
    (text,) = [block.text for block in BLOCKS if block.language == "text"]
    assert set(text.splitlines()) <= shown
