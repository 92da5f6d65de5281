"""A whole program as text: what each relation is, what others may rely on, its rows. `read_program` reads it back."""

from collections.abc import Iterator, Mapping

from oftra.ir.expr import Duration, Expr, Runtime
from oftra.ir.notation import (
    CONSTANTS,
    show_column,
    show_constant,
    show_name,
    show_path,
    show_string,
    show_type,
)
from oftra.ir.program import (
    ExpectedRows,
    Gate,
    GivenRows,
    Interface,
    Option,
    Pipeline,
    Program,
    Relation,
    Sink,
    Task,
    TestCase,
    Word,
)
from oftra.ir.rel import Join
from oftra.ir.show import show_expr, show_rel, with_columns
from oftra.ir.state import State, Until, operator_of, states_of


def show_program(program: Program) -> str:
    """`program` as text; each of its parts is a paragraph."""
    parts = ["\n".join(_head(program))]
    for connection in program.connections.values():
        options = show_options(connection.options)
        parts.append(f"connection {show_name(connection.name)} = {show_name(connection.kind)}{options}")
    for param in program.params:
        default = "" if param.default is None else f" = {show_expr(param.default)}"
        parts.append(f"param {show_name(param.name)} {show_type(param.type)}{default}{_about(param.description)}")
    interfaces = {relation.name: relation.interface for relation in program.relations}
    parts += [show_relation(relation, interfaces) for relation in program.relations]
    parts += [_sink(sink) for sink in program.sinks]
    parts += [_task(task) for task in program.tasks]
    parts += [_pipeline(pipeline) for pipeline in program.pipelines]
    parts += ["\n".join(_test(test)) for test in program.tests]
    return "\n\n".join(parts) + "\n"


def _head(program: Program) -> Iterator[str]:
    env = "" if program.env is None else f" env {show_name(program.env)}"
    mode = "" if program.mode is None else f" mode {program.mode}"
    yield f"program {show_name(program.name)} {show_string(program.version)}{env}{mode}"
    if program.streams:
        yield f"streams {', '.join([show_path(name) for name in sorted(program.streams)])}"
    for file in program.files:
        yield f"file {show_string(file)}"
    for name, options in program.targets.items():
        # An empty table of options is one too: `[targets.NAME]` alone chooses the target.
        yield f"target {show_name(name)} {show_options(options).strip() or '{}'}"


def show_relation(relation: Relation, interfaces: Mapping[str, Interface]) -> str:
    """A relation: its facts, what its operators keep of rows that never end, then its rows."""
    text = f"{relation.kind} {show_path(relation.name)}"
    if relation.connection is not None:
        text += f" in {show_name(relation.connection)}"
    if relation.physical:
        text += f" as {show_string(relation.physical)}"
    lines = [text + show_options(relation.options), f"  is {show_interface(relation.interface)}"]
    lines += [f"  -- {_state(state)}" for state in states_of(relation.rel, interfaces)]
    if relation.interface.columns != relation.rel.columns:
        lines.append(f"  offers ({', '.join([show_column(column) for column in relation.interface.columns])})")
    if relation.contract is not None:
        lines.append(f"  contract {show_path(relation.contract)}")
    if relation.tags:
        lines.append(f"  tags {', '.join([show_string(tag) for tag in relation.tags])}")
    if relation.owner is not None:
        lines.append(f"  owner {show_string(relation.owner)}")
    if relation.description is not None:
        lines.append(f"  about {show_string(relation.description)}")
    lines += [f"  about {show_name(name)} {show_string(said)}" for name, said in relation.column_descriptions.items()]
    lines += [f"  path {show_name(name)} {show_string(path)}" for name, path in relation.record_paths.items()]
    lines += ["  stored"] if relation.is_stored else []
    lines += [f"  made of {show_string(relation.made_of)}"] if relation.made_of else []
    lines += [f"  takes from {show_path(name)}" for name in relation.feeds]
    lines += [f"  late rows of {show_path(name)}" for name in relation.late_of]
    if relation.late is not None:
        lines.append("  late drop" if relation.late.into is None else f"  late into {show_path(relation.late.into)}")
    return "\n".join([*lines, "  =", show_rel(relation.rel, 2)])


def show_interface(interface: Interface) -> str:
    """What may be relied on, but for the columns."""
    parts = [f"{'bounded' if interface.bounded else 'unbounded'} {interface.changes}"]
    parts += [f"key ({', '.join([show_name(name) for name in key])})" for key in interface.keys]
    if interface.event_time is not None:
        parts.append(f"event time {show_name(interface.event_time)}")
    if interface.watermark is not None:
        parts.append(f"watermark {show_constant(interface.watermark)}")
    if interface.window is not None:
        parts.append(f"window ({', '.join([show_name(name) for name in interface.window])})")
    return ", ".join(parts)


def _state(state: State) -> str:
    ttl = state.operator.ttl if isinstance(state.operator, Join) else None
    until: dict[Until, str] = {
        "watermark": "until the watermark has passed",
        "ttl": "" if ttl is None else f"for {show_constant(ttl).removeprefix('interval ')}",
        "keys": "for good",
        "ever": "without end",
    }
    rule = "" if state.rule is None else f", for `{state.rule.name}`"
    return f"{operator_of(state.operator)} keeps {state.what} {until[state.until]}{rule}"


def show_options(options: Mapping[str, object]) -> str:
    """Options in braces, a space before; nothing if there are none."""
    if not options:
        return ""
    return " { " + ", ".join([f"{show_name(key)}: {show_option(value)}" for key, value in options.items()]) + " }"


def show_option(value: "Option | object") -> str:
    """The value of an option."""
    match value:
        case Word(text):
            return f"`{text}`" if text in CONSTANTS else show_name(text)
        case Runtime():
            return show_expr(value)
        case Mapping():
            return show_options(value).strip() or "{}"
        case Duration():
            return show_constant(value)
        case tuple() | list():
            return "[" + ", ".join([show_option(item) for item in value]) + "]"
        case _ if isinstance(value, Expr):
            return f"expr ({show_expr(value)})"
        case _:
            return show_constant(value)  # type: ignore[arg-type]


def _about(text: str | None) -> str:
    return "" if text is None else f"\n  about {show_string(text)}"


def _sink(sink: Sink) -> str:
    physical = f" as {show_string(sink.physical)}" if sink.physical else ""
    head = f"sink {show_path(sink.name)} from {show_path(sink.relation)} into {show_name(sink.connection)}"
    return head + physical + show_options(sink.options) + _about(sink.description)


def _task(task: Task) -> str:
    head = f"task {show_path(task.name)} {task.kind}{'' if task.engine is None else f' on {show_name(task.engine)}'}"
    head += " step" if task.is_step else ""
    head += f" reads ({', '.join(map(show_path, task.reads))}) writes ({', '.join(map(show_path, task.writes))})"
    text = "" if task.text is None else f"\n  text {show_string(task.text)}"
    return head + show_options(task.options) + _about(task.description) + text


def _pipeline(pipeline: Pipeline) -> str:
    build = ", ".join([show_path(name) for name in pipeline.build])
    head = f"pipeline {show_path(pipeline.name)} {pipeline.mode} build ({build}){show_options(pipeline.options)}"
    return head + _about(pipeline.description) + "".join([_gate(gate) for gate in pipeline.gates])


def _gate(gate: Gate) -> str:
    about = ", ".join([show_path(name) for name in gate.about])
    measures = ", ".join([show_string(text) for text in gate.measures])
    before = ", ".join([show_path(name) for name in gate.before])
    again = f" again ({', '.join([show_path(name) for name in gate.again])})" if gate.again else ""
    head = f"require {show_string(gate.condition)} else {gate.action}{again} about ({about}) before ({before})"
    return f"\n  {head} measures ({measures}) =\n{show_rel(gate.rel, 4)}"


def _test(test: TestCase) -> Iterator[str]:
    yield f"test {show_string(test.title)}"
    for name, value in test.values.items():
        yield f"  value {show_path(name)} = {show_expr(value)}"
    for given in test.given:
        yield from _rows("given", given)
    for arrival in test.arrivals:
        if arrival.to is not None:
            yield f"  advance {show_path(arrival.relation)} to {show_expr(arrival.to)}"
        else:
            yield f"  arrive {show_path(arrival.relation)}"
            for row in arrival.rows:
                yield f"    ({', '.join([show_expr(cell) for cell in row])})"
    for expected in test.expected:
        yield from _rows("expect", expected)


def _rows(word: str, rows: GivenRows | ExpectedRows) -> Iterator[str]:
    columns = ", ".join([show_column(column) for column in rows.columns])
    ordered = " ordered" if isinstance(rows, ExpectedRows) and rows.ordered else ""
    yield f"  {word} {show_path(rows.relation)} ({columns}){ordered}"
    scope = with_columns({}, rows.columns)
    for row in rows.rows:
        yield f"    ({', '.join([show_expr(cell, scope) for cell in row])})"
