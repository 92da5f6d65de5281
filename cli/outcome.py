"""What checking and compiling a project gives, from the cache if nothing has changed.

Nothing here imports the compiler itself before the cache has been asked.
"""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from oftra import __version__
from oftra.diagnostics import Diagnostic, Report
from oftra.diagnostics.notebooks import NoChoiceOfEngine
from oftra.diagnostics.project import BrokenTarget
from oftra.project import cache, installed
from oftra.project.find import Project

if TYPE_CHECKING:  # with it comes the typed program, which the cache makes unneeded
    from oftra.ir.program import Mode
    from oftra.target import Target


def code_folders() -> list[str]:
    """The folders of all code that an outcome depends on."""
    specs = [find_spec(package) for package in ("oftra", "oftra.cli", "oftra.grammar", "oftra.targets")]
    return [folder for spec in specs if spec for folder in spec.submodule_search_locations or ()]


def check_outcome(project: Project, env: str | None, mode: "Mode | None" = None) -> tuple[Diagnostic, ...]:
    """What there is to say about the program."""
    key = cache.key_of(project, {"command": "check", "version": __version__, "env": env, "mode": mode})
    folder = cache.cache_folder(project)
    code = code_folders()
    entry = cache.load(folder, key, code)
    if entry is None:
        entry = cache.Entry(checked(project, env, mode), {}, {})
        cache.store(folder, key, entry, code)
    return entry.diagnostics


def checked(project: Project, env: str | None, mode: "Mode | None") -> tuple[Diagnostic, ...]:
    """What checking finds, but for what the program allows."""
    # The compiler is far heavier than the cache that makes it unneeded.
    from oftra.diagnostics.allow import without_allowed
    from oftra.driver import check_all, parse_all

    report = Report()
    parsed = parse_all(project, env, report)
    check_all(parsed, report, mode)
    return tuple(without_allowed(report, parsed.sources))


def compile_outcome(
    project: Project,
    env: str | None,
    targets: Sequence[str],
    patterns: Sequence[str],
    mode: "Mode | None" = None,
    engine: str | None = None,
) -> cache.Entry:
    """The files of `targets` (all that are installed and can take the program, if none are named).

    `engine` is the one that targets are to be written for which have a choice.
    """
    options = {
        "command": "compile",
        "version": __version__,
        "env": env,
        "mode": mode,
        "engine": engine,
        "targets": list(targets),
        "select": list(patterns),
        "installed": installed.environment_key(),
    }
    key = cache.key_of(project, options)
    folder = cache.cache_folder(project)
    code = code_folders()
    entry = cache.load(folder, key, code)
    if entry is None:
        entry = compiled(project, env, targets, patterns, mode, engine)
        said = [*entry.diagnostics, *(found for why in entry.declined.values() for found in why)]
        if not any(isinstance(found, BrokenTarget) for found in said):  # what it lacks may come any time
            cache.store(folder, key, entry, [*code, *installed.foreign_folders()])
    return entry


def compiled(
    project: Project,
    env: str | None,
    names: Sequence[str],
    patterns: Sequence[str],
    mode: "Mode | None",
    engine: str | None,
) -> cache.Entry:
    """What compiling gives."""
    # The compiler is far heavier than the cache that makes it unneeded.
    from oftra.diagnostics.allow import without_allowed
    from oftra.driver import check_all, compile_for, parse_all

    report = Report()
    targets, declined = chosen_targets(names, report)
    if engine is not None:
        refuse_engine(targets, report)
    if report.has_errors:
        return cache.Entry(tuple(report), {}, {})
    parsed = parse_all(project, env, report)
    checked = check_all(parsed, report, mode)
    files: Mapping[str, Mapping[str, str]] = {}
    read: dict[str, str | None] = {}
    if checked is not None:
        named = [task.file for task in checked.program.tasks]
        paths = [os.path.join(project.root, file) for file in named if file is not None]
        read = {path: cache.hash_of_file(path) for path in paths}
        chosen = {} if engine is None else {"engine": engine}
        made = compile_for(checked.program, targets, patterns, bool(names), report, chosen)
        if made is not None:
            files, declined = made.files, {**declined, **made.declined}
    return cache.Entry(tuple(without_allowed(report, parsed.sources)), files, declined, read)


def chosen_targets(names: Sequence[str], report: Report) -> "tuple[list[Target], Mapping[str, tuple[Diagnostic, ...]]]":
    """The targets called `names`, else all that are installed; and, of these, what keeps some from being used."""
    targets: list[Target] = []
    declined: dict[str, tuple[Diagnostic, ...]] = {}
    for name in names or installed.target_names():
        own = Report()
        target = installed.find_target(name, own)
        if target is not None:
            targets.append(target)
        else:
            declined[name] = tuple(own)
    if names or not targets:
        for why in declined.values():
            for diagnostic in why:
                report.add(diagnostic)
    return targets, declined


def refuse_engine(targets: "Sequence[Target]", report: Report) -> None:
    """Report those of `targets` that are written for one engine alone."""
    # The typed program comes with it, which the cache makes unneeded.
    from oftra.target import Choosing

    for target in targets:
        if not isinstance(target, Choosing):
            others = [installed.find_target(name, Report()) for name in installed.target_names()]
            choosers = tuple([one.name for one in others if one is not None and isinstance(one, Choosing)])
            report.add(NoChoiceOfEngine(target.name, choosers))
