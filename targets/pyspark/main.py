"""`main`: what is read, judged, computed and written, in which order, and for which of the outputs asked for."""

from dataclasses import dataclass, field
from typing import assert_never

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.targets.pyspark.fixed import FIXED
from oftra.targets.pyspark.module import (
    FRAME,
    SPARK,
    TEXT,
    Function,
    Judging,
    Making,
    Module,
    Move,
    Naming,
    Reading,
    Storing,
)
from oftra.targets.pyspark.naming import MODULE, Names, identifier
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.places import has_root, is_whole, root_of
from oftra.targets.pyspark.runtimes import value_of
from oftra.targets.python import tree as py

ARGS = py.name("argparse.Namespace")
ONLY = py.name("args.only")
REPORT = py.Name("report")
TOLD = py.Subscript(py.Name("dict"), (TEXT, py.Name("Any")))


@dataclass
class Main:
    """The statements of `main` as they come, each with the outputs that it is for; `held` says where rows are."""

    module: Module
    outputs: Outputs
    report: Report
    statements: list[tuple[frozenset[str], py.Statement]] = field(default_factory=list)
    held: dict[str, py.Expr] = field(default_factory=dict)
    guards: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all = frozenset(self.outputs.names)
        self.locals = Names([*MODULE, *FIXED, *[function.definition.name for function in self.module.functions]])
        self.runtimes: dict[str, py.Expr] = {}
        self.roots: dict[str, py.Expr] = {}
        self.heads: list[py.Statement] = []
        self.wanted = ONLY

    def definition(self, answer: "Function | str | None" = None) -> py.Def:
        """`main`; with an `answer`, a function or a relation, it gives that back."""
        used: dict[str, Runtime] = {}
        for function in self.module.functions:
            used.update(function.runtimes)
        for held, runtime in sorted(used.items()):
            self._value(held, runtime)
        for move in self.module.moves:
            self._move(move)
        body = [*self.heads]
        if any(1 < len(guard) < len(self.all) for guard, _ in self.statements):
            self.wanted = py.Name("wanted")
            body.append(py.Assign(self.wanted, py.call("set", ONLY)))
        body += self._guarded()
        if answer is not None:
            body.append(py.Return(self.held[answer] if isinstance(answer, str) else self._call(answer)))
        parameters = [
            py.Parameter("spark", SPARK),
            py.Parameter("args", ARGS),
            py.Parameter("report", TOLD),
        ]
        returns = py.NONE if answer is None else FRAME
        return py.Def("main", tuple(parameters), tuple(body), returns, "Build what is asked for.")

    # ------------------------------------------------------------------------------------------------ what is given

    def _value(self, held: str, runtime: Runtime) -> py.Expr:
        if held not in self.runtimes:
            value = value_of(runtime, self.module.program, self.report)
            if isinstance(value, py.Attribute):
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
                    found: py.Expr = py.call("below", start, value_of(root, self.module.program, self.report))
                case str() if root in ("", "."):
                    self.roots[name] = start
                    return (start,)
                case str() if is_whole(root):
                    found = py.String(root)
                case str():
                    found = py.call("os.path.join", start, py.String(root))
            held = py.Name(self.locals.free(identifier(name.rpartition(".")[2])))
            self.heads.append(py.Assign(held, found))
            self.roots[name] = held
        return (self.roots[name],)

    # ------------------------------------------------------------------------------------------------------- moves

    def _move(self, move: Move) -> None:
        match move:
            case Reading(name, relation, function, is_kept):
                read = py.call(function.definition.name, py.Name("spark"), *self._root(relation.connection or ""))
                if is_kept:
                    read = py.method(read, "cache")
                guard = self.all if relation.kind == "source" else self.outputs.of(relation.name)
                self._hold(name, read, guard)
            case Making():
                self._make(move)
            case Naming(name, other):
                self.held[name], self.guards[name] = self.held[other], self.guards[other]
            case Judging():
                self._judge(move)
            case Storing():
                self._store(move)
            case _:
                assert_never(move)

    def _store(self, move: Storing) -> None:
        guard = self.outputs.of(move.name)
        if move.make is None:
            rows = self.held[move.relation]
        else:
            rows = py.Name("rows")
            self._add(guard, py.Assign(rows, self._call(move.make)))
        write = py.Name(move.write.definition.name)
        made = py.call("store", REPORT, py.String(move.name), rows, write, *self._root(move.connection))
        self._add(guard, py.Evaluate(made))

    def _make(self, move: Making) -> None:
        made: py.Expr = self._call(move.function)
        relation = move.relation
        # What is used more than once is computed once.
        shared = relation.kind == "view" and len(self.outputs.of(relation.name)) > 1
        if move.is_kept or (shared and not self.module.afresh):
            made = py.method(made, "cache")
        needs = [self.guards[one] for one in move.function.relations]
        guard = self.outputs.of(relation.name) if any(one != self.all for one in needs) else self.all
        self._hold(move.name, made, guard)

    def _judge(self, move: Judging) -> None:
        name = move.relation.name
        if isinstance(move.rules, str):
            rules: py.Expr = py.Name(move.rules)
        else:
            rules = py.DictOf(tuple([(py.String(rule), py.String(action)) for rule, action in move.rules.items()]))
        if move.counts is not None:
            counts = self._call(move.counts)
        else:
            assert move.judged is not None
            counts = py.call("tally", self.held[move.judged], rules)
        more = () if move.assertion is None else (py.Keyword("assertion", py.String(move.assertion)),)
        made = py.call("judge", REPORT, py.String(name), counts, rules, *more)
        self._add(self.outputs.of(name), py.Evaluate(made))

    def _add(self, guard: frozenset[str], statement: py.Statement) -> None:
        self.statements.append((guard or self.all, statement))

    def _hold(self, name: str, value: py.Expr, guard: frozenset[str]) -> None:
        called = self.module.called[name]
        made = {function.definition.name for function in self.module.functions}
        held = py.Name(self.locals.free(f"{called}_df" if called in made else called))
        self._add(guard, py.Assign(held, value))
        self.held[name] = held
        self.guards[name] = guard or self.all

    def _call(self, function: Function) -> py.Expr:
        spark = (py.Name("spark"),) if function.needs_spark else ()
        rows = [self.held[relation] for relation in function.relations]
        values = [self.runtimes[held] for held in sorted(function.runtimes)]
        return py.call(function.definition.name, *spark, *rows, *values)

    # ------------------------------------------------------------------------------------------- what is asked for

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
        if len(names) == 1:
            return py.Compare("in", names[0], self.wanted)
        return py.Binary("&", self.wanted, py.SetOf(tuple(names)))
