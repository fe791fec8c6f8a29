"""Clinics: beginning one, team, standing, audit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.platform.assembly import Adapters
from infra.platform.redis import RedisThrottle
from services.accounts.schemas import SignedIn
from services.clinics import service as clinics
from services.clinics.models import ClinicSlug, Role
from services.clinics.schemas import (
    ClinicPatch,
    LocationPatch,
    MemberPatch,
    NewClinic,
    NewLocation,
    NewMember,
)
from services.clinics.team import LastOwner
from services.clinics.week_schemas import HoursIn
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests, WrongState
from services.kernel.ids import new_id
from services.kernel.models import Outbox
from services.kernel.paging import encode_cursor
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.clinics.world import make_clinic, make_location, make_person


@pytest.fixture
async def ana(database: Database) -> SignedIn:
    return await make_person(database, "ana@example.com")


@pytest.fixture
async def scope(database: Database, ana: SignedIn) -> ClinicScope:
    return await make_clinic(database, ana)


@pytest.fixture
async def other(database: Database) -> ClinicScope:
    """Somebody else's clinic."""
    return await make_clinic(database, await make_person(database, "bo@example.com", "Bo"), "Oak")


async def _events(database: Database) -> list[str]:
    async with database.begin(PlatformScope("a test reads the outbox")) as work:
        outbox = table(Outbox)
        rows = await work.rows(select(outbox).where(outbox.c.name.like("clinic.%")).order_by(outbox.c.id))
    return [row.name for row in rows]


def _wrong(refusal: pytest.ExceptionInfo[InvalidFields]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refusal.value.errors]


async def test_a_clinic_begins_as_a_draft_with_slug_and_owner(
    database: Database, ana: SignedIn, scope: ClinicScope
) -> None:
    async with database.begin(scope) as work:
        clinic = await clinics.get_clinic(work)
        assert [one.email for one in await clinics.list_owners(work)] == ["ana@example.com"]
        assert await clinics.find_clinic_id(work, "linden-skin") is None
        assert await clinics.find_any_clinic_id(work, "linden-skin") == scope.clinic_id
        (member,) = await clinics.list_memberships(work, ana.account_id)
    assert (clinic.slug, clinic.status, clinic.email) == ("linden-skin", "draft", "ana@example.com")
    assert (clinic.cancellation_hours, clinic.late_minutes, clinic.languages) == (24, 15, ["en"])
    assert (member.slug, member.name, member.role) == ("linden-skin", "Linden Skin", "owner")


async def test_clinics_of_one_name_get_slugs_of_their_own(database: Database, ana: SignedIn) -> None:
    scopes = await asyncio.gather(*(make_clinic(database, ana, "Glow") for _ in range(3)))
    async with database.begin(PublicScope()) as work:
        found = await clinics.list_memberships(work, ana.account_id)
    assert sorted(member.slug for member in found) == ["glow", "glow-2", "glow-3"]
    assert {member.clinic_id for member in found} == {scope.clinic_id for scope in scopes}


async def test_after_many_of_one_name_the_slug_is_made_up(
    database: Database, ana: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinics, "_MOST_SLUGS_TRIED", 2)
    await make_clinic(database, ana, "Glow")
    scope = await make_clinic(database, ana, "Glow")
    async with database.begin(scope) as work:
        slug = (await clinics.get_clinic(work)).slug
    assert slug.startswith("glow-")
    assert len(slug) == len("glow-") + 12


async def test_too_many_clinics_a_day_wait(
    database: Database, ana: SignedIn, adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinics, "CLINICS_A_DAY", 1)
    monkeypatch.setattr(
        database, "tools", replace(database.tools, throttle=RedisThrottle(adapters.redis, on=True))
    )
    await make_clinic(database, ana)
    with pytest.raises(TooManyRequests):
        await make_clinic(database, ana)


async def test_a_scope_without_a_clinic_finds_none(database: Database) -> None:
    async with database.begin(ClinicScope(new_id())) as work:
        with pytest.raises(NotFound):
            await clinics.get_clinic(work)
        with pytest.raises(NotFound):
            await clinics.update_clinic(work, ClinicPatch(name="X"))
        with pytest.raises(NotFound):
            await clinics.publish(work)
        with pytest.raises(NotFound):
            await clinics.add_location(work, NewLocation(name="x", street="x", city="Madrid"))
        with pytest.raises(NotFound):
            await clinics.update_location(work, new_id(), LocationPatch(name="x"))


async def test_a_change_is_kept_announced_and_audited_by_field(
    database: Database, scope: ClinicScope
) -> None:
    patch = ClinicPatch(name="Linden", sterilisation_protocol="Single use.", languages=["es", "en", "es"])
    async with database.begin(scope) as work:
        changed = await clinics.update_clinic(work, patch)
        await clinics.update_clinic(work, ClinicPatch())
    assert (changed.name, changed.languages, changed.slug) == ("Linden", ["es", "en"], "linden-skin")
    async with database.begin(scope) as work:
        latest = (await clinics.list_audit(work)).items[0]
        slugs = table(ClinicSlug)
        assert await work.scalar(select(slugs.c.name).where(slugs.c.slug == "linden-skin")) == "Linden"
    assert (latest.action, latest.detail) == (
        "clinic.update",
        {"fields": ["languages", "name", "sterilisation_protocol"]},
    )
    assert await _events(database) == ["clinic.changed"]


async def test_the_currency_stays_once_prices_were_public(database: Database, scope: ClinicScope) -> None:
    async with database.begin(scope) as work:
        await clinics.update_clinic(work, ClinicPatch(currency="USD"))
        await clinics.mark_submitted(work)
        await clinics.publish(work)
        await clinics.update_clinic(work, ClinicPatch(currency="USD"))
        with pytest.raises(InvalidFields) as refusal:
            await clinics.update_clinic(work, ClinicPatch(currency="EUR"))
    assert _wrong(refusal) == [("currency", "fixed")]


async def test_a_clinic_goes_live_and_away_by_steps(
    database: Database, scope: ClinicScope, clock: MovableClock
) -> None:
    async def public() -> UUID | None:
        async with database.begin(PublicScope()) as work:
            return await clinics.find_clinic_id(work, "linden-skin")

    async def step(do: Any, *more: Any) -> str:
        async with database.begin(scope) as work:
            await do(work, *more)
            return (await clinics.get_clinic(work)).status

    assert await step(clinics.mark_submitted) == "submitted"
    points = [{"field": "description", "message": "Say more."}]
    assert await step(clinics.request_changes, points) == "changes_requested"
    async with database.begin(scope) as work:
        clinic = await clinics.get_clinic(work)
        assert clinic.changes_requested == points
        with pytest.raises(WrongState):
            await clinics.publish(work)
    assert await step(clinics.mark_submitted) == "submitted"
    assert await public() is None
    assert await step(clinics.publish) == "live"
    assert await public() == scope.clinic_id
    async with database.begin(scope) as work:
        clinic = await clinics.get_clinic(work)
        assert clinic.changes_requested == []
        assert clinic.published_at is not None
    first = clinic.published_at
    await clock.advance(timedelta(days=1))
    assert await step(clinics.suspend) == "suspended"
    assert await public() is None
    assert await step(clinics.restore) == "live"
    async with database.begin(scope) as work:
        assert (await clinics.get_clinic(work)).published_at == first
    assert await step(clinics.remove) == "removed"
    assert await public() is None
    assert await _events(database) == [
        "clinic.published",
        "clinic.unpublished",
        "clinic.published",
        "clinic.unpublished",
    ]


async def test_a_submitted_clinic_may_be_rejected(database: Database, scope: ClinicScope) -> None:
    async with database.begin(scope) as work:
        await clinics.mark_submitted(work)
        await clinics.reject(work)
        assert (await clinics.get_clinic(work)).status == "rejected"
    assert await _events(database) == []


async def test_a_team_grows_changes_and_keeps_an_owner(
    database: Database, scope: ClinicScope, ana: SignedIn
) -> None:
    bo = await make_person(database, "bo@example.com", "Bo")
    async with database.begin(scope) as work:
        added = await clinics.add_member(work, NewMember(email="BO@example.com", role=Role.MANAGER))
        assert (added.account_id, added.name, added.role) == (bo.account_id, "Bo", "manager")
        owner = (await clinics.list_team(work))[0]
        for wrong in (
            clinics.update_member(work, owner.id, MemberPatch(role=Role.MANAGER)),
            clinics.remove_member(work, owner.id),
        ):
            with pytest.raises(LastOwner):
                await wrong
        await clinics.update_member(work, owner.id, MemberPatch(role=Role.OWNER))
        await clinics.update_member(work, added.id, MemberPatch(role=Role.OWNER))
        assert [one.email for one in await clinics.list_owners(work)] == ["ana@example.com", "bo@example.com"]
        await clinics.remove_member(work, owner.id)
        assert await clinics.list_memberships(work, ana.account_id) == []


@pytest.mark.parametrize(("email", "code"), [("nobody@example.com", "unknown"), ("ana@example.com", "taken")])
async def test_someone_unknown_or_known_already_is_not_added(
    database: Database, scope: ClinicScope, email: str, code: str
) -> None:
    async with database.begin(scope) as work:
        with pytest.raises(InvalidFields) as refusal:
            await clinics.add_member(work, NewMember(email=email, role=Role.MANAGER))
    assert _wrong(refusal) == [("email", code)]


async def test_two_owners_who_leave_at_once_leave_one(database: Database, scope: ClinicScope) -> None:
    await make_person(database, "bo@example.com", "Bo")
    async with database.begin(scope) as work:
        await clinics.add_member(work, NewMember(email="bo@example.com", role=Role.OWNER))
        team = await clinics.list_team(work)

    async def leave(member_id: UUID) -> None:
        async with database.begin(scope) as work:
            await clinics.remove_member(work, member_id)

    found = await asyncio.gather(*(leave(member.id) for member in team), return_exceptions=True)
    assert sorted(type(item).__name__ for item in found) == ["LastOwner", "NoneType"]


async def test_the_audit_pages_newest_first_and_shows_ones_own_alone(
    database: Database, scope: ClinicScope, other: ClinicScope
) -> None:
    await make_location(database, scope)
    async with database.begin(scope) as work:
        first = await clinics.list_audit(work, limit=1)
        second = await clinics.list_audit(work, limit=1, cursor=first.next)
        assert [item.action for item in first.items + second.items] == ["location.add", "clinic.create"]
        assert second.next is None
        assert first.items[0].by_label == "Ana Torres"
        for cursor in ("zzz", encode_cursor("not an id")):
            with pytest.raises(InvalidFields):
                await clinics.list_audit(work, cursor=cursor)
    assert other


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": ""},
        {"currency": "XAU"},
        {"currency": "ZZZ"},
        {"name": "a\x00b"},
        {"email": "x"},
    ],
)
def test_a_clinic_of_unknown_codes_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="NewClinic"):
        NewClinic(**{"name": "A", "country": "ES", "currency": "EUR", **wrong})


def test_codes_are_read_in_any_case_and_shared_currencies_count() -> None:
    new = NewClinic(name=" A ", country="sn", currency="xof")
    assert (new.name, new.country, new.currency) == ("A", "SN", "XOF")
    with pytest.raises(ValueError, match="offset"):
        HoursIn.model_validate({"hours": [{"weekday": 0, "opens": "09:00Z", "closes": "10:00Z"}]})
    with pytest.raises(ValueError, match="time zone"):
        NewLocation(name="a", street="b", city="c", time_zone="CET-ish")
