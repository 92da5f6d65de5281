"""The module beside the notebooks: what PySpark modules bring along, and a little of its own, word for word."""

from collections.abc import Collection

from oftra.ir.program import Program
from oftra.targets.databricks.comments import CODE as COMMENTS
from oftra.targets.databricks.governing import CODE as GOVERNING
from oftra.targets.databricks.work import CODE as WORK
from oftra.targets.document import HARD, Doc, render
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.pyspark.file import imports, names_in, places
from oftra.targets.pyspark.fixed import FIXED, with_needs, words
from oftra.targets.python import text, write
from oftra.targets.python.lines import LIMIT

CODE: dict[str, str] = {
    "given": '''\
def given(text: str, read: Callable[[str], Any]) -> Any:
    """The value that a text is; of none None."""
    return read(text) if text else None
''',
    "needed": '''\
def needed(name: str, text: str) -> str:
    """A text that has to be there."""
    if not text:
        raise ValueError(f"{name} has no value, and no default")
    return text
''',
    "told": '''\
def told(
    program: str, report: dict[str, Any], path: str, gates: dict[str, Any] | None = None
) -> str:
    """The run report as JSON; if there is a path, it is written there too."""
    found = list((gates or {}).values())
    closed = [gate for gate in found if gate["action"] in ("stop", "retry")]
    status = "well" if all(gate["holds"] for gate in closed) else "stopped"
    done = {"program": program, "status": status, "error": None}
    text = json.dumps({**done, "relations": list(report.values()), "gates": found})
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return text
''',
}

CODE |= {
    "measure": '''\
def measure(
    row: DataFrame,
    gate: str,
    action: str,
    pipeline: str,
    place: str,
    measures: list[str],
) -> dict[str, Any]:
    """What a gate measured, which the task behind this notebook judges."""
    try:
        holds, *found = row.collect()[0]
    except Exception as error:
        raise Failed(None, short(error)) from error
    file, _, line = place.rpartition(":")
    told = {"gate": gate, "pipeline": pipeline, "file": file, "line": int(line)}
    numbers = [str(one) if isinstance(one, Decimal) else one for one in found]
    measured = dict(zip(measures, numbers))
    told |= {"action": action, "holds": bool(holds), "measured": measured}
    log.info("%s", said(told))
    return told
''',
    "said": '''\
def said(gate: dict[str, Any]) -> str:
    """A gate in words: its text, what was measured, and where it stands in the program."""
    found = [f"{text} = {value}" for text, value in gate["measured"].items()]
    word = "holds" if gate["holds"] else "does not hold"
    place = f"{gate['file']}:{gate['line']}"
    return f"`{gate['gate']}` ({place}) {word}: {', '.join(found)}"
''',
    "again": '''\
def again(gates: dict[str, Any]) -> None:
    """Fail, so that the task is tried again, where a gate asks for that."""
    for gate in gates.values():
        if gate["action"] == "retry" and not gate["holds"]:
            raise Closed(None, said(gate))
''',
}

CODE |= COMMENTS | GOVERNING | WORK

IN_SQL = {"add"}
"""What stands in the texts of these, and is the name of fixed code that no notebook needs."""

KAFKA = ("org.apache.kafka.", "kafkashaded.org.apache.kafka.")
"""Databricks has Kafka's client under a name of its own."""


def support(program: Program, names: Collection[str], head: str) -> str:
    """The module, with all of `names` and what these take."""
    definitions = [made for name, made in DEFINITIONS.items() if name in names]
    taken = set(names).union(*[words(CODE[name]) for name in names if name in CODE])
    own = {name: code for name, code in CODE.items() if name in taken}
    used: set[str] = {"log", "logging"}.union(*map(names_in, definitions), *map(words, own.values())) - IN_SQL
    fixed = {name: FIXED[name].replace(*KAFKA) for name in with_needs({*names, *used})}
    used = used.union(*map(words, fixed.values()))
    docs: list[Doc] = [f"# {text.escaped(head)}", HARD, HARD]
    docs += [part for line in imports(used) for part in (line, HARD)]
    docs += [HARD, f"log = logging.getLogger({text.string(program.name)})", HARD]
    if "PLACES" in used:
        docs += [part for line in places(program, program.declared) for part in (line, HARD)]
    parts: list[Doc] = [write.body([one], 0) for one in definitions]
    for code in (*fixed.values(), *own.values()):
        parts.append(tuple([part for line in code.rstrip("\n").split("\n") for part in (line, HARD)]))
    for part in parts:
        docs += [HARD, HARD, part]
    return render(tuple(docs), LIMIT).text
