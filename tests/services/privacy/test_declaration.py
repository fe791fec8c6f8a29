"""Every table of the catalogue and every column of a person's is declared: what leads to them, and what is done."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.type_api import TypeEngine

from infra.ops.migrations.catalogue import read_catalogue
from infra.ops.migrations.declared import declared_models
from services.kernel.private_files import PrivateFile
from services.kernel.tables import Kind, metadata, table
from services.privacy.declaration import FILES, NAMES, NOT_PERSONAL, PERSONAL
from services.privacy.declared import JsonOf, Lead, Mentions, Of
from services.privacy.law import law_version, laws, rules, rules_version
from services.privacy.repository import erasing_order
from services.privacy.retention_repository import Sweeper

_WORDS = (String, Text, JSONB, ARRAY, LargeBinary)


async def test_every_table_of_the_catalogue_is_declared_once(superuser: AsyncEngine, clean: None) -> None:
    async with superuser.connect() as connection:
        there = {
            name.removeprefix("table ")
            for name in await read_catalogue(connection)
            if name.startswith("table ")
        }
    assert there == PERSONAL.keys() | NOT_PERSONAL.keys()
    assert not PERSONAL.keys() & NOT_PERSONAL.keys()


def _can_hold_words(kind: TypeEngine[object]) -> bool:
    """Also where a type stands around another, as SQLModel's `AutoString` around every `str`."""
    return isinstance(kind.impl_instance if isinstance(kind, TypeDecorator) else kind, _WORDS)


def test_every_column_that_can_hold_words_says_what_becomes_of_it() -> None:
    unsaid, unknown = [], []
    for name, declared in PERSONAL.items():
        columns = metadata.tables[name].columns
        said = {*declared.seals, *declared.hides, *declared.stays.split(), *(declared.leaves or {})}
        said |= {column for lead in declared.leads for column in (lead.leaves or {})}
        unknown += [f"{name}.{column}" for column in said if column not in columns]
        if declared.goes:
            continue
        unsaid += [
            f"{name}.{column.name}"
            for column in columns
            if _can_hold_words(column.type) and column.computed is None and column.name not in said
        ]
    assert unsaid == []
    assert unknown == []


def test_sealed_columns_are_opened_or_hidden() -> None:
    sealed = {
        f"{name}.{column.name}"
        for name, declared in PERSONAL.items()
        for column in metadata.tables[name].columns
        if isinstance(column.type, LargeBinary) and column.name not in {*declared.seals, *declared.hides}
    }
    assert sealed == set()


def test_leads_and_laws_are_known() -> None:
    for name, declared in PERSONAL.items():
        assert declared.what, name
        assert declared.kept in {"", *laws()}, name
        assert declared.goes == (not declared.kept), f"{name}: what stays has its law, what goes has none"
        for lead in declared.leads:
            _check_lead(name, lead)
    for column, (other, label) in NAMES.items():
        assert label in metadata.tables[other].columns, column


def _check_lead(name: str, lead: Lead) -> None:
    assert lead.column in metadata.tables[name].columns, name
    if isinstance(lead, Of | JsonOf):
        assert lead.table in PERSONAL, name
    if isinstance(lead, Mentions):
        assert all(column in metadata.tables[other].columns for other, column in lead.of), name


def test_what_points_to_a_client_is_declared_as_theirs() -> None:
    pointing = {
        key.table.name
        for known in metadata.sorted_tables
        for key in known.foreign_key_constraints
        if key.referred_table.name in {"client", "account"} and known.name != "client"
    }
    assert pointing <= PERSONAL.keys()


def test_a_table_is_erased_before_what_it_points_to() -> None:
    order = erasing_order()
    assert set(order) == PERSONAL.keys()
    for name in order:
        for key in metadata.tables[name].foreign_key_constraints:
            other = key.referred_table.name
            if other in order and other != name:
                assert order.index(name) < order.index(other), f"{name} after {other}"


def test_every_kind_of_stored_file_says_who_erases_it() -> None:
    files = {table(model).name for model in declared_models() if issubclass(model, PrivateFile)}
    others = {
        one.name for one in metadata.sorted_tables if {"storage_key", "sha256"} & set(one.columns.keys())
    }
    assert files | others <= FILES.keys()
    assert FILES.keys() <= PERSONAL.keys() | NOT_PERSONAL.keys()


def test_tables_without_a_person_have_a_reason() -> None:
    assert all(NOT_PERSONAL.values())
    kinds = {table(model).name: model.table_kind for model in declared_models()}
    assert {name for name in NOT_PERSONAL if name not in kinds} == set()
    assert Kind.TENANT in kinds.values()


def test_laws_and_rules_are_data_with_source_date_and_version() -> None:
    for version, dated_on in (law_version(), rules_version()):
        assert version
        assert dated_on.year >= 2026
    for law in laws().values():
        assert all((law.text, law.period, law.grounds, law.source)), law.code
    for rule in rules().values():
        assert all((rule.what, rule.reason, rule.source)), rule.code
        assert rule.keeps in laws() if rule.keeps else callable(getattr(Sweeper, rule.code)), rule.code
