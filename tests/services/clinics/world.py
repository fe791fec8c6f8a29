"""A clinic with its owner, made through the services."""

from __future__ import annotations

from typing import Any

from services.accounts import service as accounts
from services.accounts.schemas import NewAccount, SignedIn
from services.clinics import service as clinics
from services.clinics.schemas import LocationView, NewClinic, NewLocation
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.work import Database

PASSWORD = "a long walk by the sea"


async def make_person(database: Database, email: str, name: str = "Ana Torres") -> SignedIn:
    async with database.begin(PublicScope()) as work:
        return await accounts.sign_up(work, NewAccount(email=email, name=name, password=PASSWORD))


async def make_clinic(database: Database, owner: SignedIn, name: str = "Linden Skin") -> ClinicScope:
    """A draft; gives the scope of its owner at work."""
    scope = ClinicScope(new_id(), Actor("account", owner.account_id, owner.name))
    async with database.begin(scope) as work:
        await clinics.create_clinic(work, NewClinic(name=name, country="ES", currency="EUR"), owner)
    return scope


async def make_location(database: Database, scope: ClinicScope, **more: Any) -> LocationView:
    values = {"name": "Centre", "street": "Calle de Alcala 1", "city": "Madrid", **more}
    async with database.begin(scope) as work:
        return await clinics.add_location(work, NewLocation(**values))
