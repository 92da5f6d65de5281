"""`main`: what is read, judged, computed and written, in which order, and for which of the outputs asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.ir.program import Relation
from oftra.targets.engines.spark.expressions import variable
from oftra.targets.pyspark.module import FRAME, SPARK, Function, Judgement, Module
from oftra.targets.pyspark.naming import MODULE, Names, identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.places import has_root, root_of
from oftra.targets.pyspark.runtimes import value_of
from oftra.targets.python import tree as py

ARGS = py.name("argparse.Namespace")


@dataclass
class Main:
    """The statements of `main` as they come, each with the outputs that it is for; `held` says where rows are."""

    module: Module
    outputs: Outputs
    report: Report
    statements: list[tuple[frozenset[str], py.Statement]] = field(default_factory=list)
    held: dict[str, py.Expr] = field(default_factory=dict)
    guards: dict[str, frozenset[str]] = field(default_factory=dict)
    waiting: list[Judgement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.all = frozenset(self.outputs.names)
        functions = [function.name for function in self.module.order]
        self.locals = Names([*MODULE, *functions])
        self.runtimes: dict[str, py.Expr] = {}
        self.roots: dict[str, py.Expr] = {}
        self.heads: list[py.Statement] = []

    def definition(self, answer: Function | None = None) -> py.Def:
        """`main`; with an `answer` it gives that back."""
        program = self.module.program
        self.waiting = list(self.module.judges)
        functions = [*self.module.makes.values(), *[one.counts for one in self.module.judges]]
        if answer is not None:
            functions.append(answer)
        self._values(functions)
        for relation in program.relations:
            if relation.name in self.module.called:
                self._relation(relation)
        for sink in program.sinks:
            if sink.name in self.module.writes:
                self._store(sink.name, self.held[sink.relation], sink.connection)
        body = [*self.heads]
        if len(self.all) > 1 and any(guard != self.all for guard, _ in self.statements):
            body.append(py.Assign(py.Name("wanted"), self._wanted()))
        body += self._guarded()
        if answer is not None:
            body.append(py.Return(self._call(answer)))
        parameters = [
            py.Parameter("spark", SPARK),
            py.Parameter("args", ARGS),
            py.Parameter("report", py.Name("Report")),
        ]
        returns = py.NONE if answer is None else FRAME
        return py.Def("main", tuple(parameters), tuple(body), returns, "Build what is asked for.")

    # ------------------------------------------------------------------------------------------------ what is given

    def _values(self, functions: Iterable[Function]) -> None:
        used: dict[str, Runtime] = {}
        for function in functions:
            used.update(function.runtimes)
        for held, runtime in sorted(used.items()):
            self._value(held, runtime)

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held not in self.runtimes:
            value = value_of(runtime, self.module.program, self.report)
            if runtime.kind == "run":
                self.runtimes[held] = value
            else:
                self.runtimes[held] = py.Name(self.locals.free(held))
                self.heads.append(py.Assign(self.runtimes[held], value))
        return self.runtimes[held]

    def _root(self, name: str) -> tuple[py.Expr, ...]:
        """The argument that says where a connection's data lies, if it lies in a folder."""
        connection = self.module.program.connections[name]
        if not has_root(connection):
            return ()
        if name not in self.roots:
            root = root_of(connection)
            start = py.name("args.root")
            match root:
                case Runtime():
                    value = self._value(variable(root.kind, root.name), root)
                    found: py.Expr = py.call("below", start, value)
                case str() if root in ("", "."):
                    self.roots[name] = start
                    return (start,)
                case str() if "://" in root or root.startswith("/"):
                    found = py.String(root)
                case str():
                    found = py.call("os.path.join", start, py.String(root))
            held = py.Name(self.locals.free(identifier(name.rpartition(".")[2])))
            self.heads.append(py.Assign(held, found))
            self.roots[name] = held
        return (self.roots[name],)

    # -------------------------------------------------------------------------------------------------- relations

    def _relation(self, relation: Relation) -> None:
        module, name = self.module, relation.name
        if relation.kind == "source":
            self._hold(name, module.called[name], self._read(relation), self.all)
        elif relation.kind == "view" or module.afresh:
            made = self._call(module.makes[name])
            if relation.kind == "view" and len(self.outputs.of(name)) > 1:
                made = py.method(made, "cache")
            needs = [self.guards[one] for one in module.makes[name].relations]
            guard = self.outputs.of(name) if any(one != self.all for one in needs) else self.all
            self._hold(name, f"{module.called[name]}_df", made, guard)
        else:
            self._judge_all(relation.name)
            self._store(name, self._call(module.makes[name]), relation.connection or "")
            if name in module.reads:
                self._hold(name, f"{module.called[name]}_df", self._read(relation), self.outputs.of(name))
        self._judge_all()

    def _read(self, relation: Relation) -> py.Expr:
        function = self.module.reads[relation.name]
        return py.call(function.name, py.Name("spark"), *self._root(relation.connection or ""))

    def _hold(self, relation: str, wanted: str, value: py.Expr, guard: frozenset[str]) -> None:
        held = py.Name(self.locals.free(wanted))
        self.statements.append((guard, py.Assign(held, value)))
        self.held[relation] = held
        self.guards[relation] = guard

    def _call(self, function: Function) -> py.Expr:
        spark = (py.Name("spark"),) if function.needs_spark else ()
        rows = [self.held[relation] for relation in function.relations]
        values = [self.runtimes[held] for held in sorted(function.runtimes)]
        return py.call(function.name, *spark, *rows, *values)

    def _store(self, name: str, rows: py.Expr, connection: str) -> None:
        write = py.Name(self.module.writes[name].name)
        made = py.call("store", py.Name("report"), py.String(name), rows, write, *self._root(connection))
        self.statements.append((self.outputs.of(name), py.Evaluate(made)))

    def _judge_all(self, but_for: str | None = None) -> None:
        """Judge what can be judged by now, before anything that reads it is written."""
        for judgement in list(self.waiting):
            ready = set(judgement.counts.relations) <= self.held.keys()
            if ready and (judgement.relation in self.held or judgement.relation == but_for):
                self.waiting.remove(judgement)
                warn = [py.String(rule) for rule in judgement.warn]
                counts = self._call(judgement.counts)
                made = py.call("judge", py.Name("report"), py.String(judgement.relation), counts, *warn)
                self.statements.append((self.outputs.of(judgement.relation) or self.all, py.Evaluate(made)))

    # ------------------------------------------------------------------------------------------- what is asked for

    def _wanted(self) -> py.Expr:
        only = py.name("args.only")
        if self.outputs.stand_alone:
            return py.call("set", only)
        outer = py.Subscript(py.Name("OUTPUTS"), (py.Name("name"),))
        return py.method(py.call("set"), "union", py.Starred(py.Comprehension("[", outer, ("name",), only)))

    def _guarded(self) -> list[py.Statement]:
        """The statements, those that are not for every output under a condition."""
        found: list[py.Statement] = []
        at = 0
        while at < len(self.statements):
            guard = self.statements[at][0]
            together: list[py.Statement] = []
            while at < len(self.statements) and self.statements[at][0] == guard:
                together.append(self.statements[at][1])
                at += 1
            if guard == self.all:
                found += together
            else:
                found.append(py.If(((self._asked(guard), tuple(together)),)))
        return found

    def _asked(self, guard: frozenset[str]) -> py.Expr:
        names = [py.String(name) for name in self.outputs.names if name in guard]
        wanted = py.Name("wanted")
        if len(names) == 1:
            return py.Compare("in", names[0], wanted)
        return py.Binary("&", wanted, py.SetOf(tuple(names)))
