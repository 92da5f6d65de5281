"""A request by HTTP as the Python that makes it, so that whatever runs a task in Python runs this one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal as Number
from json import dumps
from typing import NamedTuple

from oftra.datatypes import Boolean, DataType, Double, Float, Integer
from oftra.diagnostics import Diagnostic
from oftra.diagnostics.project import MistypedOption
from oftra.diagnostics.tasks import SecretAsText
from oftra.ir.expr import Call, Cast, Literal, Runtime
from oftra.ir.options import variable_of, word
from oftra.ir.program import Option, Options, Word
from oftra.source import Span

VALUE = "a constant, a param, `run.start`, `env(...)`, `secret(...)`, or texts of these joined by `||`"

_SECRET = re.compile(r"authorization|cookie|token|secret|api[-_]?key|password", re.IGNORECASE)
_OTHERS = frozenset(["HOME", "LANG", "PATH", "PWD", "PYTHONHOME", "PYTHONPATH", "SHELL", "TMPDIR", "TZ", "USER"])
"""Variables that mean something to whatever runs."""

_ADDRESS = re.compile(r"https?://\S+")


class Request(NamedTuple):
    """The Python of a request, and the environment variables that it is to be given."""

    text: str
    variables: Mapping[str, Option]


@dataclass
class _Values:
    """What is known only when a request is made: it is read from environment variables."""

    taken: Mapping[str, Option]
    variables: dict[str, Option] = field(default_factory=dict)

    def python(self, value: Option) -> str | None:
        """A value as Python; None if it can be none of a request."""
        match value:
            case Literal(constant):
                return self.python(constant)
            case bool():
                return str(value)
            case int() | float() | Number():
                return str(value)
            case str():
                return dumps(value, ensure_ascii=False)
            case Word("null"):
                return "None"
            case Runtime():
                return _typed(f'os.environ["{self._variable(value)}"]', value.type)
            case Call("concat", arguments):
                parts = [self.python(one) for one in arguments]
                known = [part for part in parts if part is not None]
                return " + ".join(known) if len(known) == len(parts) else None
            case Cast(operand, implicit=True):
                return self.python(operand) if isinstance(operand, Literal | Runtime | Call) else None
            case _:
                return None

    def _variable(self, value: Runtime) -> str:
        name = f"run_{value.name}" if value.kind == "run" else value.name
        name = free = variable_of(name)
        number = 1
        while {**self.taken, **self.variables}.get(free, value) != value or (free in _OTHERS and value.kind != "env"):
            number += 1
            free = f"{name}_{number}"
        self.variables[free] = value
        return free


def _typed(text: str, type_: DataType) -> str:
    match type_:
        case Integer():
            return f"int({text})"
        case Double() | Float():
            return f"float({text})"
        case Boolean():
            return f'({text} == "true")'
        case _:
            return text


def request_of(
    task: str, options: Options, given: Mapping[str, Option], span: Span
) -> tuple[Request, list[Diagnostic]]:
    """The request that the work of a task says, and what can't be said so.

    `given` are environment variables that the task has anyway, `span` is where the work is written.
    """
    values, wrong = _Values(given), list[Diagnostic]()
    url, query, body = options.get("url"), options.get("query"), options.get("json")
    address = values.python(url) or ""
    if (isinstance(url, str) and not _ADDRESS.fullmatch(url)) or (url is not None and not address):
        wrong.append(MistypedOption("url", f"task `{task}`", "an address that begins with `https://`", span=span))
    headers = dict(headers) if isinstance(headers := options.get("headers"), Mapping) else {}
    for name, value in [*headers.items(), *(query.items() if isinstance(query, Mapping) else ())]:
        if isinstance(value, str) and _SECRET.search(name):
            wrong.append(SecretAsText(name, task, span=span))
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    parts = {}
    for name, option in (("query", query), ("headers", headers), ("json", body)):
        parts[name] = _mapping(option if isinstance(option, Mapping) else {}, name, task, values, wrong, span)
    method = word(options.get("method"), "get" if body is None else "post").upper()
    text = "\n".join(_lines(method, address, url, parts, body is not None, options.get("status")))
    return Request(text + "\n", values.variables), wrong


def _mapping(
    option: Mapping[str, Option], path: str, task: str, values: _Values, wrong: list[Diagnostic], span: Span
) -> str:
    """A dictionary of Python, an entry a line where there are several; nothing where there are none."""
    entries = []
    for name, value in option.items():
        if isinstance(value, Mapping):
            said: str | None = _mapping(value, f"{path}.{name}", task, values, wrong, span) or "{}"
        else:
            said = values.python(value)
        if said is None:
            wrong.append(MistypedOption(f"{path}.{name}", f"task `{task}`", VALUE, span=span))
        else:
            entries.append(f"{dumps(name, ensure_ascii=False)}: {said}")
    if len(entries) < 2:
        return f"{{{entries[0]}}}" if entries else ""
    return "".join(["{\n", *[f"    {_indented(entry)},\n" for entry in entries], "}"])


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _lines(
    method: str, address: str, url: Option, parts: Mapping[str, str], sends: bool, status: Option
) -> Iterator[str]:
    query, headers = parts["query"], parts["headers"]
    yield from ["import json"] if sends else []
    yield from ["import os"] if "os.environ[" in address + "".join(parts.values()) else []
    yield from ["import sys", "import urllib.error"]
    yield from ["import urllib.parse"] if query else []
    yield from ["import urllib.request", ""]
    yield f"url = {address}"
    if query:
        mark = '("&" if "?" in url else "?")'
        if isinstance(url, str):
            mark = '"&"' if "?" in url else '"?"'
        yield f"query = {query}"
        yield f"url += {mark} + urllib.parse.urlencode(query)"
    given = [*(["body"] if sends else ["None"] if headers else []), *(["headers"] if headers else [])]
    yield from [f"headers = {headers}"] if headers else []
    if sends:
        yield f"body = json.dumps({parts['json'] or '{}'}).encode()"
    yield f'request = urllib.request.Request({", ".join(["url", *given])}, method="{method}")'
    yield "try:"
    yield "    with urllib.request.urlopen(request, timeout=60) as answer:"
    yield "        status, text = answer.status, answer.read()"
    yield "except urllib.error.HTTPError as error:"
    yield "    status, text = error.code, error.read()"
    yield "except urllib.error.URLError as error:"
    yield f'    sys.exit(f"{method} {{url}}: {{error.reason}}")'
    yield f'print(f"{method} {{url}}: {{status}}")'
    yield f"if status != {status}:" if isinstance(status, int) else "if not 200 <= status < 300:"
    yield '    sys.exit(text.decode(errors="replace")[:2000])'


__all__ = ["Request", "request_of"]
