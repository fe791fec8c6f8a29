"""The kinds of tables, how models declare them, and the policies and grants that follow from the kind.

tenant     rows of one clinic: keys and foreign keys begin with `clinic_id`; seen only under that clinic's scope
work       what the machinery writes for a clinic or for no clinic: outbox, deliveries, timers, notices, audit
global     belongs to no clinic: accounts, the public listing, registers
directory  what is looked up before a scope is known, and leads to it: slug, reference, membership

The catalogue check (`infra.ops.migrations.check`) compares a migrated database with what is declared here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

OWNER, APP, PLATFORM, MAINTENANCE = (
    "needlewise_owner",
    "needlewise_app",
    "needlewise_platform",
    "needlewise_maintenance",
)
CURRENT_CLINIC = "nullif(current_setting('app.clinic_id', true), '')::uuid"
CURRENT_ACCOUNT = "nullif(current_setting('app.account_id', true), '')::uuid"

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Kind(StrEnum):
    """What a table's rows belong to."""

    TENANT = "tenant"
    WORK = "work"
    GLOBAL = "global"
    DIRECTORY = "directory"


ALL_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND_ONLY = ("SELECT", "INSERT")


class Row(SQLModel):
    """Base of every table: says its kind, and what the `app` role may do with it.

    `app_changes` names the columns that may change in rows that otherwise stay as they were written.
    """

    table_kind: ClassVar[Kind]
    app_may: ClassVar[tuple[str, ...]] = ALL_RIGHTS
    app_changes: ClassVar[tuple[str, ...]] = ()
    account_rows: ClassVar[bool] = False


class TenantRow(Row):
    """A row of one clinic. `account_rows` adds: a person sees their own over all clinics (`account_id`)."""

    table_kind: ClassVar[Kind] = Kind.TENANT
    clinic_id: UUID = Field(primary_key=True)


class WorkRow(Row):
    """A row of the machinery, for a clinic or (null) for none."""

    table_kind: ClassVar[Kind] = Kind.WORK
    clinic_id: UUID | None = Field(default=None)


class GlobalRow(Row):
    table_kind: ClassVar[Kind] = Kind.GLOBAL


class DirectoryRow(Row):
    table_kind: ClassVar[Kind] = Kind.DIRECTORY


def instant(**more: Any) -> Any:
    """A column for an instant: `timestamptz`, in UTC."""
    return Field(sa_type=cast("Any", DateTime(timezone=True)), **more)


def json_column(**more: Any) -> Any:
    """A JSONB column."""
    return Field(sa_type=JSONB, **more)


def codes(**more: Any) -> Any:
    """A column of codes: `text[]`."""
    return Field(sa_type=cast("Any", ARRAY(Text)), **more)


def sealed(**more: Any) -> Any:
    """A column of bytes encrypted with a person's key (`vault.py`)."""
    return Field(sa_type=LargeBinary, **more)


def tenant_key(
    column: str, table: str, *, target: str = "id", ondelete: str | None = None
) -> ForeignKeyConstraint:
    """A foreign key to another tenant table: it begins with `clinic_id`, so no row can point into another clinic."""
    return ForeignKeyConstraint(
        ["clinic_id", column], [f"{table}.clinic_id", f"{table}.{target}"], ondelete=ondelete
    )


def clinic_key() -> ForeignKeyConstraint:
    """The foreign key of a clinic's top-level rows to the clinic itself."""
    return ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"])


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A check that a text column holds one of an enumeration's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def table(model: type[SQLModel]) -> Table:
    """The model's table, for Core statements: rows, not entities."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]  # SQLModel sets it on table models


def models() -> list[type[Row]]:
    """All table models that have been imported, in an order fit for creation."""
    found: dict[str, type[Row]] = {}
    stack: list[type[Row]] = [Row]
    while stack:
        model = stack.pop()
        stack.extend(model.__subclasses__())
        if hasattr(model, "__table__"):
            found[table(model).name] = model
    return [found[t.name] for t in metadata.sorted_tables if t.name in found]


def security_statements(model: type[Row]) -> list[str]:
    """Policies and grants that follow from a table's kind, as SQL."""
    name = f'"{table(model).name}"'
    rights = ", ".join(model.app_may)
    statements = [f"GRANT {rights} ON {name} TO {APP}"] if rights else []
    if model.app_changes:
        statements.append(f"GRANT UPDATE ({', '.join(model.app_changes)}) ON {name} TO {APP}")
    statements += [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {PLATFORM}, {MAINTENANCE}"]
    if model.table_kind in {Kind.TENANT, Kind.WORK}:
        same = "=" if model.table_kind is Kind.TENANT else "IS NOT DISTINCT FROM"
        rule = f"clinic_id {same} {CURRENT_CLINIC}"
        statements += [
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY clinic ON {name} TO {APP} USING ({rule}) WITH CHECK ({rule})",
        ]
    if model.account_rows:
        statements.append(
            f"CREATE POLICY own_rows ON {name} FOR SELECT TO {APP} USING (account_id = {CURRENT_ACCOUNT})"
        )
    return statements
