"""The module beside the notebooks: what PySpark modules bring along, and a little of its own, word for word."""

from collections.abc import Collection

from oftra.ir.program import Program
from oftra.targets.document import HARD, Doc, render
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.pyspark.file import imports, names_in
from oftra.targets.pyspark.fixed import FIXED, with_needs, words
from oftra.targets.python import text, write
from oftra.targets.python.lines import LIMIT

CODE: dict[str, str] = {
    "given": '''\
def given(text: str, read: Callable[[str], Any]) -> Any:
    """The value that a text is; of none None."""
    return read(text) if text else None
''',
    "required": '''\
def required(name: str, text: str) -> str:
    """A text that has to be there."""
    if not text:
        raise ValueError(f"{name} has no value, and no default")
    return text
''',
    "told": '''\
def told(program: str, report: dict[str, Any], path: str) -> str:
    """The run report as JSON; if there is a path, it is written there too."""
    done = {"program": program, "status": "well", "error": None}
    text = json.dumps({**done, "relations": list(report.values()), "gates": []})
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return text
''',
}

KAFKA = ("org.apache.kafka.", "kafkashaded.org.apache.kafka.")
"""Databricks has Kafka's client under a name of its own."""


def support(program: Program, names: Collection[str], head: str) -> str:
    """The module, with all of `names` and what these take."""
    definitions = [made for name, made in DEFINITIONS.items() if name in names]
    own = {name: code for name, code in CODE.items() if name in names}
    used: set[str] = {"log", "logging"}.union(*map(names_in, definitions), *map(words, own.values()))
    fixed = {name: FIXED[name].replace(*KAFKA) for name in with_needs({*names, *used})}
    used = used.union(*map(words, fixed.values()))
    docs: list[Doc] = [f"# {text.escaped(head)}", HARD, HARD]
    docs += [part for line in imports(used) for part in (line, HARD)]
    docs += [HARD, f"log = logging.getLogger({text.string(program.name)})", HARD]
    parts: list[Doc] = [write.body([one], 0) for one in definitions]
    for code in (*fixed.values(), *own.values()):
        parts.append(tuple([part for line in code.rstrip("\n").split("\n") for part in (line, HARD)]))
    for part in parts:
        docs += [HARD, HARD, part]
    return render(tuple(docs), LIMIT).text
