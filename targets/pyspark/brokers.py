"""How brokers of Kafka are spoken to by Spark's reader and writer, and who logs in."""

from collections.abc import Mapping

from oftra.diagnostics import Report
from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Option, Options, Program
from oftra.targets.logins import login_module, mechanism, variable_of
from oftra.targets.options import word
from oftra.targets.pyspark.places import BROKER, SERVERS, logs_in
from oftra.targets.pyspark.runtimes import constant, said
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
    login = logs_in(connection)
    servers = py.Subscript(BROKER, (py.String("servers"),)) if login else SERVERS
    found: list[tuple[str, py.Expr]] = [("kafka.bootstrap.servers", servers)]
    security = word(connection.options.get("security"), "plaintext")
    if security != "plaintext":
        found.append(("kafka.security.protocol", py.String(security.upper())))
    if login:
        found.append(("kafka.sasl.mechanism", py.String(mechanism(connection))))
        found.append(("kafka.sasl.jaas.config", py.Subscript(BROKER, (py.String("login"),))))
    more: dict[str, py.Expr] = {}
    for properties in (connection.options.get("properties"), options.get("properties")):
        if isinstance(properties, Mapping):
            more.update({f"kafka.{name}": _property(value) for name, value in properties.items()})
    return [*found, *more.items()]


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
        case _:
            return py.String(str(value))


def login(connection: Connection, program: Program, report: Report) -> py.Expr:
    """The brokers, and what they are told of who asks."""
    options = connection.options
    given = [said(options.get(name), program, report) for name in ("user", "password")]
    servers = said(options.get("bootstrap_servers"), program, report)
    made = py.call("sasl_login", py.String(login_module(connection)), *given)
    return py.DictOf(((py.String("servers"), servers), (py.String("login"), made)))
