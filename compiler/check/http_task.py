"""A request by HTTP as the Python that makes it, so that whatever runs a task in Python runs this one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oftra.check.work_values import Values, Work
from oftra.ir.options import word
from oftra.ir.program import Option, Options

_ADDRESS = re.compile(r"https?://\S+")


def request_of(options: Options, values: Values) -> Work:
    """The request that the work of a task says."""
    url, query, body = options.get("url"), options.get("query"), options.get("json")
    address = address_of("url", url, values)
    headers = dict(headers) if isinstance(headers := options.get("headers"), Mapping) else {}
    for name, value in [*headers.items(), *(query.items() if isinstance(query, Mapping) else ())]:
        values.keep_secret(name, value)
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    parts = {name: values.mapping(one, name) for name, one in (("query", query), ("headers", headers), ("json", body))}
    method = word(options.get("method"), "get" if body is None else "post").upper()
    text = "\n".join(_lines(method, address, url, parts, body is not None, options.get("status")))
    return Work(text + "\n", values.variables)


def address_of(name: str, url: Option, values: Values) -> str:
    """The address that is given by the option `name`, as Python; nothing without one, or if it is none."""
    address = values.python(url) or ""
    if (isinstance(url, str) and not _ADDRESS.fullmatch(url)) or (url is not None and not address):
        values.mistyped(name, "an address that begins with `https://`")
    return address


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


__all__ = ["address_of", "request_of"]
