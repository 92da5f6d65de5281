"""`oftra.toml` as `Settings`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from oftra.diagnostics import Report
from oftra.diagnostics.project import InvalidToml, MistypedSetting, UnknownEnvironment, UnknownSetting
from oftra.project.find import MANIFEST
from oftra.resolve.model import Settings
from oftra.source import SourceFile, Span

TOP = ("project", "targets", "env")
PROJECT = ("name", "version", "store", "description")
PLACES = ("prefix", "catalog", "schema", "store")
DECLARED = ("connection", "source", "table", "sink")
ENV = (*PLACES, *DECLARED, "param")


def read_settings(source: SourceFile | None, env: str | None, name: str, report: Report) -> Settings:
    """What `oftra.toml` says, with `env` chosen; without one the defaults, for a program called `name`."""
    if source is None:
        if env is not None:
            report.add(UnknownEnvironment(env, ()))
        return Settings(name=name)
    try:
        read = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        report.add(invalid(source, str(error) or "nested too deeply"))
        return Settings(name=name, env=env)
    reader = Reader(source, report)
    reader.only(read, "", TOP)
    project = reader.table(read, "project", "project")
    reader.only(project, "project", PROJECT)
    targets = reader.tables(read, "targets", "targets")
    environments = reader.tables(read, "env", "env")
    for known, table in environments.items():
        check_environment(table, f"env.{known}", reader)
    if env is not None and env not in environments:
        report.add(UnknownEnvironment(env, tuple(environments)))
    return Settings(
        name=reader.text(project, "name", "project") or name,
        version=reader.text(project, "version", "project") or "0.0.0",
        store=reader.text(project, "store", "project"),
        env=env,
        overrides=environments.get(env, {}) if env is not None else {},
        targets=targets,
    )


def check_environment(table: Mapping[str, object], path: str, reader: "Reader") -> None:
    """Report what an `[env.NAME]` can't hold; whether the names in it are declared is known only when names are."""
    reader.only(table, path, ENV)
    for key in PLACES:
        reader.text(table, key, path)
    for key in DECLARED:
        reader.tables(table, key, f"{path}.{key}")
    for name, value in reader.table(table, "param", f"{path}.param").items():
        if isinstance(value, dict | list):
            reader.mistyped(f"{path}.param", name, "a string, number, boolean or date")


@dataclass(frozen=True)
class Reader:
    """Takes values out of what TOML gave, and reports those of a wrong kind where they stand."""

    source: SourceFile
    report: Report

    def only(self, table: Mapping[str, object], path: str, known: tuple[str, ...]) -> None:
        """Report the keys of `table` that are not `known`."""
        for key in table:
            if key not in known:
                self.report.add(UnknownSetting(key, path, known, span=self.place(path, key)))

    def text(self, table: Mapping[str, object], key: str, path: str) -> str | None:
        """The string under `key`, None without one."""
        value = table.get(key)
        if value is None or isinstance(value, str):
            return value
        self.mistyped(path, key, "a string")
        return None

    def table(self, table: Mapping[str, object], key: str, path: str) -> dict[str, object]:
        """The table under `key`, an empty one without."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.mistyped(path.rpartition(".")[0], key, "a table")
        return {}

    def tables(self, table: Mapping[str, object], key: str, path: str) -> dict[str, dict[str, object]]:
        """The table of tables under `key`."""
        inside = self.table(table, key, path)
        return {name: self.table(inside, name, f"{path}.{name}") for name in inside}

    def mistyped(self, path: str, key: str, expected: str) -> None:
        """Report the value of `key`."""
        whole = f"{path}.{key}" if path else key
        self.report.add(MistypedSetting(whole, expected, span=self.place(path, key)))

    def place(self, path: str, key: str) -> Span:
        """Where `key` stands in the table `path`: `tomllib` doesn't say, so it is looked for."""
        return place_of(self.source, path, key)


_HEADER = re.compile(r"\s*\[+\s*(?P<path>[^\]]*?)\s*\]")
_KEY = re.compile(r"\s*(?P<key>[\w.\"'-]+)\s*=")


def place_of(source: SourceFile, path: str, key: str) -> Span:
    """The span of `key` in the table `path`, however header and line share the two; else the file's start."""
    wanted = f"{path}.{key}" if path else key
    here = ""
    for number, start in enumerate(source.line_starts, 1):
        line = source.line(number)
        if header := _HEADER.match(line):
            here = plain(header["path"])
            if here == wanted or here.startswith(wanted + "."):
                return Span(start + header.start("path"), start + header.end("path"), source.path)
        elif found := _KEY.match(line):
            written = plain(found["key"])
            whole = f"{here}.{written}" if here else written
            if whole == wanted or whole.startswith(wanted + "."):
                return Span(start + found.start("key"), start + found.end("key"), source.path)
            inline = re.search(rf"[{{,]\s*({re.escape(key)})\s*=", line)
            if inline and wanted.startswith(whole + "."):
                return Span(start + inline.start(1), start + inline.end(1), source.path)
    return Span(0, 0, source.path)


def plain(path: str) -> str:
    """A dotted key without quotes and spaces."""
    return ".".join(part.strip().strip("\"'") for part in path.split("."))


_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def invalid(source: SourceFile, message: str) -> InvalidToml:
    """The diagnostic for `tomllib`'s message, which ends in the place."""
    at = _AT.search(message)
    words = message[: at.start()] if at else message
    words = words[:1].lower() + words[1:]
    offset = len(source.text.rstrip())
    if at and at[1]:
        offset = source.line_starts[int(at[1]) - 1] + int(at[2]) - 1
    return InvalidToml(words, span=Span(offset, offset + 1, source.path))


def manifest_source(data: bytes) -> SourceFile:
    """`oftra.toml` as a source file that diagnostics can point into; what isn't UTF-8 is replaced."""
    return SourceFile(MANIFEST, data.decode("utf-8", errors="replace"))
