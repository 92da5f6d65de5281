"""How brokers of Kafka are spoken to by Spark's reader and writer, and who logs in."""

from collections.abc import Mapping
from dataclasses import replace

from oftra.datatypes import STRING
from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption
from oftra.ir.expr import Literal, Runtime
from oftra.ir.options import variable_of, word
from oftra.ir.program import Connection, Option, Options, Program
from oftra.targets.logins import login_module, mechanism
from oftra.targets.pyspark.places import BROKER, SERVERS, given_properties, has_more, logs_in
from oftra.targets.pyspark.runtimes import constant, said, shown, value_of
from oftra.targets.python import tree as py

CODE: dict[str, str] = {
    "sasl_login": '''\
def sasl_login(module: str, user: str, password: str) -> str:
    """What Kafka's client logs in with, in the form of JAAS."""
    who = f'username="{user}" password="{password}"'
    return f"org.apache.kafka.common.security.{module} required {who};"
''',
}
"""What modules have that log in, word for word."""


def client(connection: Connection, options: Options) -> list[tuple[str, py.Expr]]:
    """How brokers are spoken to, in the options of Spark's reader and writer; a source or sink may say more."""
    servers = py.Subscript(BROKER, (py.String("servers"),)) if has_more(connection) else SERVERS
    found: list[tuple[str, py.Expr]] = [("kafka.bootstrap.servers", servers)]
    security = word(connection.options.get("security"), "plaintext")
    if security != "plaintext":
        found.append(("kafka.security.protocol", py.String(security.upper())))
    if logs_in(connection):
        found.append(("kafka.sasl.mechanism", py.String(mechanism(connection))))
        found.append(("kafka.sasl.jaas.config", py.Subscript(BROKER, (py.String("login"),))))
    params = given_properties(connection.options)
    more: dict[str, py.Expr] = {}
    for properties in (connection.options.get("properties"), options.get("properties")):
        if isinstance(properties, Mapping):
            for name, value in properties.items():
                is_given = params.get(name) is value
                more[f"kafka.{name}"] = py.Subscript(BROKER, (py.String(name),)) if is_given else _property(value)
    return [*found, *more.items()]


def refuse_params(sink: str, program: Program, report: Report) -> None:
    """Report properties of one topic that a run is given: `main` knows of those of all topics of a broker."""
    for one in program.sinks:
        for name, value in given_properties(one.options).items() if one.name == sink else ():
            said_ = f"{{ `{name}`: {value.kind} }}"
            report.add(UnsupportedOption(one.name, "properties", said_, "pyspark", span=one.span))


def _property(value: Option) -> py.Expr:
    """A property where it is used: the environment is asked there."""
    match value:
        case Runtime(kind="env", name=name):
            default = constant(value.default)
            asked = py.name("os.environ")
            if default is None:
                return py.Subscript(asked, (py.String(name),))
            return py.method(asked, "get", py.String(name), py.String(str(default.value)))
        case Runtime(kind="secret", name=name):
            return py.Subscript(py.name("os.environ"), (py.String(variable_of(name)),))
        case bool():
            return py.String(str(value).lower())
        case _:
            return py.String(str(value))


def told(connection: Connection, program: Program, report: Report) -> py.Expr:
    """The brokers, and what they are told: who asks, and what a run is given."""
    options = connection.options
    found = [(py.String("servers"), said(options.get("bootstrap_servers"), program, report))]
    if logs_in(connection):
        given = [said(options.get(name), program, report) for name in ("user", "password")]
        found.append((py.String("login"), py.call("sasl_login", py.String(login_module(connection)), *given)))
    for name, value in given_properties(connection.options).items():
        found.append((py.String(name), value_of(_as_text(value, program), program, report)))
    return py.DictOf(tuple(found))


def _as_text(value: Runtime, program: Program) -> Runtime:
    """A param as it is given: no property is more than a text."""
    declared = next((param for param in program.params if param.name == value.name), None)
    default = constant(value.default or (declared.default if declared is not None else None))
    if default is not None and default.value is not None:
        default = Literal(shown(default.value, value.type), STRING)
    return replace(value, type=STRING, default=default)
