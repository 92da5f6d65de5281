"""Who asks, and with which secret: the same for all that a run asks by itself, and for what is generated."""

import os

from oftra.ir.options import variable_of, word
from oftra.ir.program import Connection
from oftra.target import RunError


def secret_of(name: str) -> str:
    """What the secret is, for a run that is started here; raises RunError if the environment doesn't have it."""
    variable = variable_of(name)
    found = os.environ.get(variable)
    if found is None:
        raise RunError(f"the secret `{name}` is read from the environment variable {variable}, which is not set")
    return found


def mechanism(connection: Connection) -> str:
    """How one logs in at brokers, in the words of SASL."""
    return word(connection.options.get("mechanism"), "plain").upper().replace("_", "-")


def login_module(connection: Connection) -> str:
    """The class of Kafka's Java client that logs in so, below its package `common.security`."""
    return "plain.PlainLoginModule" if mechanism(connection) == "PLAIN" else "scram.ScramLoginModule"
