"""OF075: options of connections that make no sense beside each other, of topics above all."""

from oftra.diagnostics.model import Diagnostic, Label
from oftra.diagnostics.project import listed


class FormatNotYet(Diagnostic, code="OF0750"):
    """Messages of this format can't be read or written yet: they need a schema, and there is no place to give one.

    Wrong:

        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract ride { ride_id string not null }
        source rides: ride from bus { topic: 'rides', format: avro }

    Right:

        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract ride { ride_id string not null }
        source rides: ride from bus { topic: 'rides', format: json }
    """

    format: str
    owner: str
    choices: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.owner} can't have `format: {self.format}` yet: it needs a schema"

    @property
    def help(self) -> str:
        return f"the formats that need none are {listed(self.choices)}"


class NotOneValue(Diagnostic, code="OF0751"):
    """What is written raw is one value as it is: one column of type string, binary or json.

    Of a source this is the contract's only column; of a sink the only one that is no key, and of a raw key the only one
    of `key`.

    Wrong:

        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract line { at timestamp, text string }
        source lines: line from bus { topic: 'lines', format: raw }

    Right:

        connection bus = kafka { bootstrap_servers: 'localhost:9092' }
        contract line { text string }
        source lines: line from bus { topic: 'lines', format: raw, metadata: [timestamp] }
    """

    what: str
    owner: str
    columns: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.what}: raw` of {self.owner} takes one column of type string, binary or json"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"here it would be {listed(self.columns)}" if self.columns else "here is none"),)


class WithoutEffect(Diagnostic, code="OF0752"):
    """An option says nothing, given what other options say.

    Wrong:

        connection bus = kafka { bootstrap_servers: 'localhost:9092', user: 'oftra', password: secret('bus/password') }

    Right:

        connection bus = kafka {
          bootstrap_servers: 'localhost:9092',
          security: sasl_ssl,
          user: 'oftra',
          password: secret('bus/password'),
        }
    """

    option: str
    owner: str
    only: str

    @property
    def title(self) -> str:
        return f"`{self.option}` of {self.owner} has no effect"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"it has one only with {self.only}"),)


class PlainPassword(Diagnostic, code="OF0753", severity="warning"):
    """A password stands in the program, for everybody to read who can read that.

    Wrong:

        connection bus = kafka {
          bootstrap_servers: 'localhost:9092',
          security: sasl_ssl,
          user: 'oftra',
          password: 'let me in',
        }

    Right:

        connection bus = kafka {
          bootstrap_servers: 'localhost:9092',
          security: sasl_ssl,
          user: 'oftra',
          password: secret('bus/password'),
        }
    """

    owner: str

    @property
    def title(self) -> str:
        return f"the password of {self.owner} stands in the program"

    @property
    def help(self) -> str:
        return "`secret('scope/name')` has it read when the program runs"
