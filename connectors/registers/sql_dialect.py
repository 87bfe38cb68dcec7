"""What differs between databases, in one small interface; and sessions that tell errors in the contract's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, Text, cast
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import Float, Integer, LargeBinary, Numeric, String, TypeEngine

from connectors.errors import ConfigError, ConnectorError, ProtocolBroken, Throttled, Unreachable
from connectors.registers.sql_keys import KeyValue

Meaning = tuple[type[ConnectorError], str]

LOST: Meaning = (Unreachable, "the database stopped answering; is it running, is the network up?")
_BUSY_SECONDS = 5.0  # to wait after a lock that another session holds


class Family(Enum):
    """What a column's values are, as far as reading and comparing them goes."""

    ANY = "any"  # SQLite: each value has a type of its own
    INTEGER = "integer"
    NUMBER = "number"
    FLOAT = "float"
    TEXT = "text"
    BYTES = "bytes"
    OTHER = "other"  # dates, enumerations, json, ...: read and compared as the database writes them


class Unreadable(Exception):
    """A value that cannot be read as what the database says it is. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns of one table that refer to columns of another; tables as (schema, name)."""

    child: tuple[str, str]
    columns: tuple[str, ...]
    parent: tuple[str, str]
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account may do with one table."""

    delete: bool
    update: frozenset[str] | None  # the columns; None means all

    def blanks(self, columns: Sequence[str]) -> bool:
        """True where all these columns may be changed."""
        return self.update is None or self.update.issuperset(columns)


def told(meaning: Meaning) -> ConnectorError:
    """The error that a driver's answer means."""
    kind, text = meaning
    return Throttled(text, _BUSY_SECONDS) if issubclass(kind, Throttled) else kind(text)


def is_text(value: str) -> bool:
    """False for a text with bytes in it that are no UTF-8, which are held as surrogate escapes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Dialect(ABC):
    """One kind of database."""

    limits: ClassVar[tuple[str, ...]]
    folds_names: ClassVar[bool] = False  # True where capitals do not tell tables apart
    unlike: ClassVar[bool] = True  # True where comparing columns of different families would take wrong rows along

    @abstractmethod
    def engine(self, *, writing: bool) -> Engine:
        """An engine whose sessions only read, or that erases. Nothing is connected yet."""

    @abstractmethod
    def failure(self, error: DBAPIError) -> ConnectorError:
        """What a driver's error means. Its text and parameters are left behind."""

    @abstractmethod
    def foreign_keys(self, connection: Connection) -> list[ForeignKey]:
        """All foreign keys that this account can see, into and out of any table."""

    @abstractmethod
    def rights(self, connection: Connection, schema: str, table: str) -> Rights:
        """What the database says that the account may do."""

    def unsafe(self, connection: Connection, schema: str, table: str, *, deletes: bool) -> str | None:
        """Why rows of the table cannot be erased (deleted, or blanked) safely; None where they can."""
        del connection, schema, table, deletes
        return None

    def schema(self, connection: Connection) -> str:
        """Where tables are that are named without a schema."""
        return connection.dialect.default_schema_name or ""

    def family(self, type_: TypeEngine[Any]) -> Family:
        """The family of a reflected type."""
        for kind, family in (
            (Integer, Family.INTEGER),
            (Float, Family.FLOAT),
            (Numeric, Family.NUMBER),
            (LargeBinary, Family.BYTES),
            (String, Family.TEXT),
        ):
            if isinstance(type_, kind):
                return family
        return Family.OTHER

    def shown(self, column: ColumnElement[Any], family: Family) -> ColumnElement[Any]:
        """How a column is selected so that no driver turns its values into something that cannot be told again."""
        return column if family in (Family.INTEGER, Family.BYTES, Family.ANY) else cast(column, Text)

    def reflected(self, name: str) -> str:
        """A column's name as the database has it, from how SQLAlchemy gives it."""
        return name

    @abstractmethod
    def digest(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A hash of a binary column that the database makes, so that pictures need not travel."""

    def bound(self, value: KeyValue, family: Family) -> Any | None:  # noqa: ANN401 - what the driver takes
        """The value to compare a column of the family with; None where no such column can hold it."""
        match family:
            case Family.INTEGER:
                return value if isinstance(value, int) else None
            case Family.NUMBER:
                return Decimal(value) if isinstance(value, int | Decimal) else None
            case Family.BYTES:
                return value if isinstance(value, bytes) else None
        return value if isinstance(value, str) and "\0" not in value and is_text(value) else None


WRONG_OPTION = "url: the driver does not take an option that stands after the question mark, or its value"


class Database:
    """The two ways to a database: sessions that cannot change anything, and, once asked for, one that erases."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._engines: dict[bool, Engine] = {}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment and changes nothing.

        Raises the contract's errors, and Unreadable where a value cannot be had.
        """
        with self._connection(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed where the block ends well, undone whole where it raises."""
        with self._connection(writing=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    @contextmanager
    def _connection(self, *, writing: bool) -> Iterator[Connection]:
        try:
            with self._signed_in(writing=writing) as connection:
                yield connection
        except DBAPIError as error:
            raise self.dialect.failure(error) from None
        except UnicodeDecodeError:
            raise Unreadable from None
        except ImportError as error:
            raise ConfigError([f"url: needs {error.name}: pip install 'gallra[sql]'"]) from None
        except ArgumentError:
            raise ConfigError(["url: cannot be read as the address of a database"]) from None
        except SQLAlchemyError:
            raise ProtocolBroken("the database answered what it should not") from None

    def _signed_in(self, *, writing: bool) -> Connection:
        try:
            if writing not in self._engines:
                self._engines[writing] = self.dialect.engine(writing=writing)
            return self._engines[writing].connect()
        except UnicodeDecodeError:
            raise
        except (TypeError, ValueError):  # what drivers make of options that they do not know
            raise ConfigError([WRONG_OPTION]) from None
