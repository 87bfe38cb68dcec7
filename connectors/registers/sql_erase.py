"""One row erased, with the rows that go with it, in one transaction that is undone whole where anything is wrong.

The row is locked and read again, its version compared, and nothing of another table may refer to it: also where the
database would delete or empty such rows by itself, which would take data that nobody has planned to erase.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connectors.base import Version
from connectors.errors import Changed, Denied, Held, ProtocolBroken, Unsupported
from connectors.locator import Locator
from connectors.registers.sql_content import fits, holds, is_blank
from connectors.registers.sql_dialect import Dialect, ForeignKey
from connectors.registers.sql_keys import KeyValue
from connectors.registers.sql_rows import Row, Rows
from connectors.registers.sql_schema import Register, Side, With, folded, named_table

_KEPT = "the database keeps the row: a trigger, rule or policy of it stands in the way; ask who administers it"

_COMPUTED = (
    "a column that the database computes would still say something: blank the columns that it is computed from too, "
    'or set on_erase = "delete"'
)


class Eraser:
    """Erases within one transaction; the caller commits where nothing is raised."""

    def __init__(self, connection: sa.Connection, dialect: Dialect, registers: dict[str, Register]) -> None:
        self._connection = connection
        self._dialect = dialect
        self._rows = Rows(connection, dialect, registers)

    def erase(self, register: Register, key: tuple[KeyValue, ...], expected: Version, locator: Locator) -> Row | None:
        """The row as it was before; None where there is none, or it is blank already.

        Raises Changed, Held (rows refer to it), Unsupported (no transactions, a rule against blank), ProtocolBroken.
        """
        side = register.opened
        row = self._rows.one(register, key, lock=True)
        if row is None or is_blank(row):
            return None
        if not fits(expected, row):
            raise Changed("the row is not what was expected", locator)
        for one in (side, *(link.side for link in register.withs)):
            if one.unsafe is not None:
                raise Unsupported(f"{one.shape.label} {one.unsafe}", locator)
        self._unreferred(register, row, locator)
        for link, beside in zip(register.withs, row.withs, strict=True):
            for other in beside:
                self._take(link.side, other.key, other.values)
        self._take(side, key, row.values)
        for one in (side, *(link.side for link in register.withs)):
            if one.layout.blanks and len(one.blanked) < len(one.layout.columns) and left(self._rows, register, row):
                raise Unsupported(_COMPUTED, locator)
        return row

    # -- changing

    def _take(self, side: Side, key: tuple[KeyValue, ...], values: dict[str, object]) -> None:
        """Delete or blank one row, and exactly one."""
        where = self._rows.at(side, key)
        if where is None:
            raise ProtocolBroken("the database gave a key that it cannot be asked for")
        if not side.layout.blanks:
            done = self._connection.execute(sa.delete(side.shape.sql).where(where))
        elif holds(side.layout, values):
            done = self._connection.execute(sa.update(side.shape.sql).where(where).values(_blank(side)))
        else:
            return
        if done.rowcount != 1:
            raise ProtocolBroken(_KEPT)

    # -- who refers

    def _unreferred(self, register: Register, row: Row, locator: Locator) -> None:
        """Raises Held where rows refer to what would go, and would be left pointing at nothing, or go too."""
        told = list(self._referring(register.opened, row.key, register.withs))
        for link, beside in zip(register.withs, row.withs, strict=True):
            for other in beside:
                told += self._referring(link.side, other.key, ())
        if told:
            raise Held(
                f"{' and '.join(dict.fromkeys(told))} it: erase or detach them first"
                + ("" if register.settings.layout.blanks else ', or set on_erase = "blank" where they must stay'),
                locator,
            )

    def _referring(self, side: Side, key: tuple[KeyValue, ...], withs: Iterable[With]) -> Iterable[str]:
        blanked = set(side.layout.columns) if side.layout.blanks else None
        for reference in side.referrers:
            if blanked is not None and blanked.isdisjoint(reference.to):
                continue
            excluded = [link for link in withs if link.side.shape.place == reference.child]
            if any((link.column.name,) == reference.columns for link in excluded):
                continue  # these are the rows that go with it
            count = self._count(side, key, reference, excluded)
            if count:
                yield (
                    f"{count} rows of {reference.child[1]} refer to"
                    if count > 1
                    else f"1 row of {reference.child[1]} refers to"
                )

    def _count(self, side: Side, key: tuple[KeyValue, ...], reference: ForeignKey, excluded: Iterable[With]) -> int:
        own = side.shape.sql.alias("own")
        itself = reference.child == side.shape.place
        names = dict.fromkeys((*reference.columns, *(link.column.name for link in excluded)))
        names |= dict.fromkeys(one.name for one in side.key) if itself else {}
        other = named_table(reference.child, names).alias("other")
        at = self._rows.at(side, key, own)
        conditions = [
            other.c[column] == own.c[folded(side.shape.columns, to).name]
            for column, to in zip(reference.columns, reference.to, strict=True)
        ]
        conditions += [
            sa.or_(other.c[link.column.name].is_(None), other.c[link.column.name] != own.c[link.to.name])
            for link in excluded
        ]
        if itself:
            conditions.append(sa.or_(*(other.c[one.name] != own.c[one.name] for one in side.key)))
        statement = sa.select(sa.func.count()).select_from(other.join(own, sa.and_(*conditions)))
        try:
            return int(self._connection.scalar(statement.where(at if at is not None else sa.true())) or 0)
        except DBAPIError as error:
            if isinstance(self._dialect.failure(error), Denied):
                raise Denied(f"rows of {reference.child[1]} may refer to it: grant SELECT on that table") from None
            raise


def left(rows: Rows, register: Register, before: Row) -> bool:
    """True where, after all, the row or one that goes with it still holds something."""
    now = rows.one(register, before.key)
    if now is not None and not is_blank(now):
        return True
    return any(
        holds(link.side.layout, other.values)
        for link in register.withs
        for other in rows.beside(link, before.values)
        if other.key in {one.key for beside in before.withs for one in beside}
    )


def _blank(side: Side) -> dict[sa.Column[object], object]:
    return {one.sql: sa.null() if one.nullable else sa.literal("") for one in side.blanked}
