"""Code that stands in every notebook that needs it, word for word, written as black writes it."""

import re
from collections.abc import Iterable, Mapping

START = """\
# Relative paths start in the project's folder, and not in build/notebook below it.
if os.getcwd().endswith(os.path.join("build", "notebook")):
    os.chdir(os.path.join("..", ".."))
"""

PLACE = """\
# Relative paths start in the project's folder, and not in build/notebook below it.
here = os.getcwd()
root = here.removesuffix(os.path.join(os.sep, "build", "notebook"))
"""

TABLE = '''\
def table(names, rows):
    """Rows as a table."""

    def cell(value):
        text = "" if value is None else str(value)
        return escape(text if len(text) <= 120 else text[:119] + "…")

    heads = "".join(f"<th>{cell(name)}</th>" for name in names)
    lines = ["".join(f"<td>{cell(value)}</td>" for value in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return HTML(
        '<table class="tex2jax_ignore mathjax_ignore">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )
'''

DUCKDB_SHOW = '''\
def show(name, most=10):
    """The first rows of a relation, and how many there are."""
    ((rows,),) = con.sql(f"select count(*) from {name}").fetchall()
    first = con.sql(f"select columns(*)::varchar from {name} limit {most}")
    display(table(first.columns, first.fetchall()))
    count = f"{rows:,} row{'' if rows == 1 else 's'}"
    print(f"{most:,} of {count}" if rows > most else count)
'''

DUCKDB_CHECKS = '''\
def checks():
    """What was counted last; a broken rule that none may break ends it."""
    last = "select * from run_report order by rowid desc limit 1"
    ((_, _, read, dropped, quarantined, rules),) = con.sql(last).fetchall()
    tell(read, dropped, quarantined, rules)
'''

SPARK_SHOW = '''\
def show(rows, most=10):
    """The first rows, each value as Spark writes it."""
    names = [name.replace("`", "``") for name in rows.columns]
    first = rows.selectExpr(*[f"string(`{name}`)" for name in names]).take(most + 1)
    display(table(rows.columns, first[:most]))
    if len(first) > most:
        print(f"the first {most} rows")
'''

SPARK_CHECKS = '''\
report = []


def checks(name, counts, rules=None, assertion=None):
    """What was counted; a broken rule that none may break ends it."""
    row, rules = counts.first(), rules or dict.fromkeys(counts.columns[1:], "fail")
    first = len(row) - len(rules)
    found = [
        {"rule": rule, "action": action, "records": records}
        for (rule, action), records in zip(rules.items(), row[first:])
    ]
    read, dropped, quarantined = (*row[:first], 0, 0)[:3]
    broken = ", ".join(
        f"{one['rule']}: {one['records']}" for one in found if one["records"]
    )
    about = f"{name}, {assertion}" if assertion else name
    passed = read - dropped - quarantined
    report.append((about, read, passed, dropped, quarantined, broken))
    tell(read, dropped, quarantined, found)
'''

SPARK_FOUND = """\
names = ("relation", "read", "passed", "dropped", "quarantined", "broken")
table(names, report)
"""

TELL = '''\
def tell(read, dropped, quarantined, rules):
    """How many records break each rule; one that fails the run ends it."""
    display(table(("rule", "otherwise", "records"), [rule.values() for rule in rules]))
    print(f"{read:,} read", end="")
    for number, word in ((dropped, "dropped"), (quarantined, "quarantined")):
        print(f", {number:,} {word}" if number else "", end="")
    print(f", {read - dropped - quarantined:,} passed")
    broken = [
        f"{rule['records']:,} break `{rule['rule']}`"
        for rule in rules
        if rule["action"] == "fail" and rule["records"]
    ]
    if broken:
        raise ValueError(", ".join(broken))
'''

CHARTS = """\
plt.rcParams.update(
    {
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "figure.constrained_layout.use": True,
        "text.parse_math": False,
    }
)
"""

LINES = '''\
def line_chart(title, time, amount, rows):
    """A line for each series of (time, series, amount): of many those that are largest."""
    lines = {}
    for at, series, value in rows:
        if at is not None and value is not None and isfinite(value):
            lines.setdefault(series, []).append((at, value))
    largest = sorted(lines, key=lambda one: -sum(abs(value) for _, value in lines[one]))
    _, axes = plt.subplots(figsize=(9, 4))
    for series in largest[:6]:
        marker = "o" if len(lines[series]) <= 40 else None
        axes.plot(
            *zip(*sorted(lines[series])),
            marker=marker,
            markersize=4,
            label=f" {series}",
        )
    many = f" (6 of {len(lines)})" if len(lines) > 6 else ""
    axes.set(title=title + many, xlabel=time, ylabel=amount)
    axes.yaxis.set_major_formatter("{x:,.10g}")
    axes.grid(axis="y", alpha=0.3)
    if len(lines) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    if any(isinstance(at, datetime.date) for at, _, _ in rows):
        axes.xaxis.set_major_formatter(
            ConciseDateFormatter(axes.xaxis.get_major_locator())
        )
    elif rows:
        axes.xaxis.get_major_locator().set_params(integer=True)
    plt.show()
'''

BARS = '''\
def bar_chart(title, amount, rows):
    """A bar for each (label, amount), the first on top."""
    rows = [row for row in rows if row[1] is not None and isfinite(row[1])]
    _, axes = plt.subplots(figsize=(9, 0.8 + 0.3 * max(len(rows), 1)))
    bars = axes.barh(range(len(rows)), [value for _, value in rows])
    axes.bar_label(bars, [f"{value:,.10g}" for _, value in rows], padding=3)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows])
    axes.set(title=title, xlabel=amount)
    axes.xaxis.set_major_formatter("{x:,.10g}")
    if all(value == round(value) for _, value in rows):
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.12)
    axes.invert_yaxis()
    plt.show()
'''

DUCKDB = {"show": DUCKDB_SHOW, "checks": DUCKDB_CHECKS}
SPARK = {"show": SPARK_SHOW, "checks": SPARK_CHECKS}
SHARED = {"table": TABLE, "tell": TELL, "plt": CHARTS, "line_chart": LINES, "bar_chart": BARS}

IMPORTS = {
    "datetime": "import datetime",
    "os": "import os",
    "escape": "from html import escape",
    "isfinite": "from math import isfinite",
}
PACKAGES = {
    "duckdb": "import duckdb",
    "plt": "import matplotlib.pyplot as plt",
    "HTML": "from IPython.display import HTML",
    "display": "from IPython.display import HTML, display",
    "ConciseDateFormatter": "from matplotlib.dates import ConciseDateFormatter",
}

_WORD = re.compile(r"[A-Za-z_]\w*")
_USED = re.compile(r"\b([A-Za-z_]\w*)[(.]")


def functions(codes: Iterable[str], own: Mapping[str, str]) -> list[str]:
    """The functions that pieces of code call, with all that these call; `own` are those of an engine."""
    known = {**SHARED, **own}
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        for name in known.keys() & set(_USED.findall(waiting.pop())) - found:
            found.add(name)
            waiting.append(known[name])
    return [code for name, code in known.items() if name in found]


def imports(codes: Iterable[str]) -> list[str]:
    """The imports that pieces of code take: lines, with an empty one between those of Python and the others."""
    words: set[str] = set().union(*[_WORD.findall(code) for code in codes])
    standard = [line for name, line in IMPORTS.items() if name in words]
    if "display" in words:
        words.discard("HTML")  # which stands on the same line
    others = [line for name, line in PACKAGES.items() if name in words]
    return [*standard, *([""] if standard and others else []), *others]
