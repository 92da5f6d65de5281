"""Reads whole programs from the text that `show_program` writes."""

from typing import Literal as OneOf
from typing import cast

from oftra.ir.expr import Duration, Expr
from oftra.ir.program import (
    Arrival,
    Changes,
    Connection,
    ExpectedRows,
    Gate,
    GivenRows,
    Interface,
    Late,
    Mode,
    Option,
    Param,
    Pipeline,
    Program,
    Relation,
    Sink,
    Task,
    TestCase,
    Word,
)
from oftra.ir.read import RelReader
from oftra.ir.read_tokens import Tokens
from oftra.ir.show import with_columns


def read_program(text: str) -> Program:
    """The program that `text` shows."""
    reader = ProgramReader(Tokens(text))
    program = reader.program()
    reader.end()
    return program


class ProgramReader(RelReader):
    """Reads programs."""

    def program(self) -> Program:
        """All of it."""
        tokens = self.tokens
        tokens.expect("program")
        name, version = tokens.name(), tokens.string()
        env = tokens.name() if tokens.accept("env") else None
        mode = cast(Mode, tokens.one_of("batch", "streaming")) if tokens.accept("mode") else None
        streams = frozenset(self.some(tokens.path)) if tokens.accept("streams") else frozenset[str]()
        files, targets = list[str](), dict[str, dict[str, object]]()
        while tokens.accept("file"):
            files.append(tokens.string())
        while tokens.accept("target"):
            target = tokens.name()
            targets[target] = {key: _as_toml(value) for key, value in self.options().items()}
        connections, params = dict[str, Connection](), list[Param]()
        while tokens.accept("connection"):
            connection = self._connection()
            connections[connection.name] = connection
        while tokens.accept("param"):
            params.append(self._param())
        relations, sinks = list[Relation](), list[Sink]()
        while tokens.next.text in ("source", "view", "table"):
            relations.append(self.whole_relation())
        while tokens.accept("sink"):
            sinks.append(self._sink())
        tasks = list[Task]()
        while tokens.accept("task"):
            tasks.append(self._task())
        pipelines, tests = list[Pipeline](), list[TestCase]()
        while tokens.accept("pipeline"):
            pipelines.append(self._pipeline())
        while tokens.accept("test"):
            tests.append(self._test())
        return Program(
            name,
            version,
            tuple(relations),
            connections,
            tuple(sinks),
            tuple(params),
            tuple(pipelines),
            tuple(tests),
            env,
            targets,
            tuple(files),
            mode,
            streams,
            tuple(tasks),
        )

    def _connection(self) -> Connection:
        name = self.tokens.name()
        self.tokens.expect("=")
        return Connection(name, self.tokens.name(), self.options())

    def _param(self) -> Param:
        name, type_ = self.tokens.name(), self.type()
        default = self.expr({}) if self.tokens.accept("=") else None
        return Param(name, type_, default, self._about())

    def whole_relation(self) -> Relation:
        """A relation with its facts."""
        tokens = self.tokens
        kind = cast(OneOf["source", "view", "table"], tokens.one_of("source", "view", "table"))
        name = tokens.path()
        connection = tokens.name() if tokens.accept("in") else None
        physical = tokens.string() if tokens.accept("as") else ""
        options = self.options()
        tokens.expect("is")
        interface = self._interface()
        offers = self.columns() if tokens.accept("offers") else None
        contract = tokens.path() if tokens.accept("contract") else None
        tags = self.some(tokens.string) if tokens.accept("tags") else ()
        owner = tokens.string() if tokens.accept("owner") else None
        description, column_descriptions, paths = None, dict[str, str](), dict[str, str]()
        while tokens.accept("about"):
            if tokens.next.kind == "string":
                description = tokens.string()
            else:
                column = tokens.name()
                column_descriptions[column] = tokens.string()
        while tokens.accept("path"):
            column = tokens.name()
            paths[column] = tokens.string()
        is_stored = tokens.accept("stored")
        made_of = ""
        if tokens.accept("made"):
            tokens.expect("of")
            made_of = tokens.string()
        feeds = list[str]()
        while tokens.accept("takes"):
            tokens.expect("from")
            feeds.append(tokens.path())
        late, late_of = None, list[str]()
        while tokens.accept("late"):
            match tokens.one_of("rows", "drop", "into"):
                case "rows":
                    tokens.expect("of")
                    late_of.append(tokens.path())
                case "drop":
                    late = Late()
                case _:
                    late = Late(tokens.path())
        tokens.expect("=")
        rel = self.relation({})
        interface = Interface(
            rel.columns if offers is None else offers,
            interface.bounded,
            interface.changes,
            interface.keys,
            interface.event_time,
            interface.watermark,
            interface.window,
        )
        return Relation(
            name,
            kind,
            rel,
            interface,
            connection,
            physical,
            options,
            contract,
            tags,
            owner,
            description,
            column_descriptions,
            paths,
            feeds=tuple(feeds),
            late=late,
            late_of=tuple(late_of),
            is_stored=is_stored,
            made_of=made_of,
        )

    def _interface(self) -> Interface:
        tokens = self.tokens
        bounded = tokens.one_of("bounded", "unbounded") == "bounded"
        changes = cast(Changes, tokens.one_of("append", "upsert", "retract"))
        keys, event_time, watermark, window = list[tuple[str, ...]](), None, None, None
        while tokens.accept(","):
            match tokens.one_of("key", "event", "watermark", "window"):
                case "key":
                    keys.append(self._names())
                case "event":
                    tokens.expect("time")
                    event_time = tokens.name()
                case "watermark":
                    watermark = cast(Duration, self.constant().value)
                case _:
                    start, end = self._names()
                    window = (start, end)
        return Interface((), bounded, changes, tuple(keys), event_time, watermark, window)

    def _names(self) -> tuple[str, ...]:
        self.tokens.expect("(")
        return self.until(")", self.tokens.name)

    def options(self) -> dict[str, Option]:
        """Options in braces, if there are any."""
        options = dict[str, Option]()
        if self.tokens.accept("{"):
            while not self.tokens.accept("}"):
                if options:
                    self.tokens.expect(",")
                key = self.tokens.name()
                self.tokens.expect(":")
                options[key] = self.option()
        return options

    def option(self) -> Option:
        """The value of an option."""
        tokens = self.tokens
        if tokens.accept("["):
            return self.until("]", self.option)
        if tokens.sees("{"):
            return self.options()
        if tokens.sees("$"):
            return self.expr({})
        if tokens.accept("expr", "("):
            expr: Expr = self.expr({})
            tokens.expect(")")
            return expr
        if self.begins_constant():
            return self.constant().value
        return Word(tokens.name())

    def _about(self) -> str | None:
        return self.tokens.string() if self.tokens.accept("about") else None

    def _sink(self) -> Sink:
        tokens = self.tokens
        name = tokens.path()
        tokens.expect("from")
        relation = tokens.path()
        tokens.expect("into")
        connection = tokens.name()
        physical = tokens.string() if tokens.accept("as") else ""
        return Sink(name, relation, connection, self.options(), physical, self._about())

    def _task(self) -> Task:
        tokens = self.tokens
        name = tokens.path()
        word = tokens.one_of("shell", "python", "sql", "notebook")
        kind = cast(OneOf["shell", "python", "sql", "notebook"], word)
        engine = tokens.name() if tokens.accept("on") else None
        is_step = tokens.accept("step")
        tokens.expect("reads")
        tokens.expect("(")
        reads = self.until(")", tokens.path)
        tokens.expect("writes")
        tokens.expect("(")
        writes = self.until(")", tokens.path)
        options, description = self.options(), self._about()
        text = tokens.string() if tokens.accept("text") else None
        return Task(name, kind, text, engine, reads, writes, options, is_step, description)

    def _pipeline(self) -> Pipeline:
        tokens = self.tokens
        name = tokens.path()
        mode = cast(Mode, tokens.one_of("batch", "streaming"))
        tokens.expect("build")
        tokens.expect("(")
        build = self.until(")", tokens.path)
        options, description, gates = self.options(), self._about(), list[Gate]()
        while tokens.accept("require"):
            gates.append(self._gate())
        return Pipeline(name, build, mode, options, tuple(gates), description)

    def _gate(self) -> Gate:
        tokens = self.tokens
        condition = tokens.string()
        tokens.expect("else")
        action = cast(OneOf["stop", "skip", "alert", "retry"], tokens.one_of("stop", "skip", "alert", "retry"))
        again: tuple[str, ...] = ()
        if tokens.accept("again"):
            tokens.expect("(")
            again = self.until(")", tokens.path)
        tokens.expect("about")
        tokens.expect("(")
        about = self.until(")", tokens.path)
        tokens.expect("before")
        tokens.expect("(")
        before = self.until(")", tokens.path)
        tokens.expect("measures")
        tokens.expect("(")
        measures = self.until(")", tokens.string)
        tokens.expect("=")
        return Gate(condition, action, self.relation({}), about, before, measures, again)

    def _test(self) -> TestCase:
        tokens = self.tokens
        title = tokens.string()
        values, given, expected = dict[str, Expr](), list[GivenRows](), list[ExpectedRows]()
        while tokens.accept("value"):
            name = tokens.path()
            tokens.expect("=")
            values[name] = self.expr({})
        while tokens.accept("given"):
            relation, columns = tokens.path(), self.columns()
            scope = with_columns({}, columns)
            rows = list[tuple[Expr, ...]]()
            while tokens.sees("("):
                rows.append(self.exprs(scope))
            given.append(GivenRows(relation, tuple(rows), columns))
        arrivals = list[Arrival]()
        while tokens.next.text in ("arrive", "advance"):
            if tokens.one_of("arrive", "advance") == "advance":
                relation = tokens.path()
                tokens.expect("to")
                arrivals.append(Arrival(relation, (), self.expr({})))
            else:
                relation, rows = tokens.path(), []
                while tokens.sees("("):
                    rows.append(self.exprs({}))
                arrivals.append(Arrival(relation, tuple(rows)))
        while tokens.accept("expect"):
            relation, columns = tokens.path(), self.columns()
            ordered = tokens.accept("ordered")
            scope, rows = with_columns({}, columns), []
            while tokens.sees("("):
                rows.append(self.exprs(scope))
            expected.append(ExpectedRows(relation, tuple(rows), columns, ordered))
        return TestCase(title, tuple(given), tuple(expected), values, tuple(arrivals))


def _as_toml(value: object) -> object:
    """TOML has lists where options have tuples."""
    if isinstance(value, tuple) and not isinstance(value, Duration):
        return [_as_toml(item) for item in value]
    return {key: _as_toml(item) for key, item in value.items()} if isinstance(value, dict) else value
