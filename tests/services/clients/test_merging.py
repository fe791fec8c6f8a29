"""Two records of one person: suggested, merged once and for all, and everything of both in one place."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.migrations.declared import declared_models
from services.clients import merging, notes
from services.clients.errors import MergedAlready, SameRecord, TwoAccounts
from services.clients.merging_repository import pointing_columns
from services.clients.models import Client
from services.clients.schemas import ClientIn, ClientView, Merge, NewNote
from services.clients.service import (
    add_client,
    find_or_create_client,
    get_client,
    list_clients,
    list_with_likeness,
)
from services.courses import service as courses
from services.courses.schemas import SessionRecordIn
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.tables import table
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import ClinicWork, Database
from services.notices import service as notices
from services.notices.schemas import Message
from services.scheduling import service as scheduling
from services.scheduling.booking import list_visits
from services.screening.service import list_consents, read_answers
from tests.factories import World, book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock

OWN = {"client_id"}


async def _add(work: ClinicWork, name: str, email: str, phone: str = "") -> ClientView:
    return await add_client(work, ClientIn(name=name, email=email, phone=phone))


async def test_every_foreign_key_to_a_client_is_moved(superuser: AsyncEngine) -> None:
    keys = """
        SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
        WHERE c.contype = 'f' AND c.confrelid = 'client'::regclass AND a.attname <> 'clinic_id'"""
    async with superuser.connect() as behind:
        in_database = {tuple(row) for row in await behind.execute(text(keys))}
    assert {(column.table.name, column.name) for column in pointing_columns()} == in_database
    named = {(table(m).name, c.name) for m in declared_models() for c in table(m).columns if c.name in OWN}
    # A message keeps the record it went to; the page of the record that stays finds it by its address.
    assert named - {("notice", "client_id")} <= in_database


async def test_records_are_suggested_by_phone_name_and_address(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await _add(work, "Ana Torrés", "Ana+spa@example.test", "+1 (512) 555-0100")
        by_phone = await _add(work, "A. T.", "at@x.test", "1 512 555.0100")
        by_name = await _add(work, "ana  torres", "other@x.test", "12345")
        by_mail = await _add(work, "Ann", "ana@example.test")
        await _add(work, "Somebody", "else@x.test", "12345")
        found = await merging.list_likenesses(work, ana.id)
        assert {(one.client.id, one.same) for one in found} == {
            (by_phone.id, ("phone",)),
            (by_name.id, ("name",)),
            (by_mail.id, ("email",)),
        }
        listed = await list_with_likeness(work)
        assert [one.client.name for one in listed.items if not one.alike] == ["Somebody"]
        assert {one.client.name for one in (await list_with_likeness(work, alike=True)).items} == {
            "A. T.",
            "ana  torres",
            "Ana Torrés",
            "Ann",
        }
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(other.scope) as work:
        alone = await _add(work, "Ana Torrés", "ana@example.test", "+1 512 555 0100")
        assert await merging.list_likenesses(work, alone.id) == []


async def _two_with_everything(
    database: Database, clock: MovableClock
) -> tuple[World, ClientView, ClientView]:
    """Ana with a completed visit and its record, and the same Ana under another address, with a course and notes."""
    world = await live_clinic(database)
    (first,) = await booking_ids(database, world, await book_one(database, world))
    await clock.advance(timedelta(days=9))
    async with database.begin(world.scope) as work:
        record = SessionRecordIn.model_validate(
            {"areas": ["face"], "depth_mm": "1.0", "lot": "LOT-1", "notes": "Even."}
        )
        await courses.complete_session(work, first, record)
    await book_one(database, world, whole_course=True, email="ana.work@example.test")
    async with database.begin(world.scope) as work:
        ana = await get_client(work, (await scheduling.get_booking(work, first)).client_id)
        twin = await find_or_create_client(work, name="", email="ana.work@example.test")
        await notes.add_note(work, ana.id, NewNote(text="Prefers mornings."))
        await notes.add_note(work, twin.id, NewNote(text="Comes with a friend."))
    return world, ana, twin


async def test_a_merge_moves_everything_and_what_was_sealed_can_be_read(
    database: Database, clock: MovableClock
) -> None:
    world, ana, twin = await _two_with_everything(database, clock)
    async with database.begin(world.scope) as work:
        preview = await merging.preview_merge(work, twin.id, ana.id)
        assert (preview.moves["booking"], preview.moves["client_note"], preview.two_accounts) == (1, 1, False)
        given = Merge(other_id=ana.id, email="other")
        kept = await merging.merge_clients(work, twin.id, given)
        assert (kept.id, kept.email) == (twin.id, ana.email)
        assert (await merging.merge_clients(work, twin.id, given)) == kept
    async with database.begin(world.scope) as work:
        assert len(await list_visits(work, twin.id)) == 5
        assert len(await courses.list_client_courses(work, twin.id)) == 1
        assert {consent.signed_name for consent in await list_consents(work, twin.id)} == {"Ana Torres"}
        assert len(await list_consents(work, twin.id)) == len(await read_answers(work, twin.id)) == 2
        assert {note.text for note in await notes.list_notes(work, twin.id)} == {
            "Prefers mornings.",
            "Comes with a friend.",
        }
        visits = await list_visits(work, twin.id)
        done = next(one for one in visits if one.status == "completed")
        record = await courses.find_record(work, done.id)
        assert (record and record.notes) == "Even."
        assert await get_client(work, ana.id) == await get_client(work, twin.id)
        assert (await list_clients(work)).items == [await get_client(work, twin.id)]
        for address in (ana.email, twin.email):
            assert (await find_or_create_client(work, name="A", email=address)).id == twin.id
            assert [one.id for one in (await list_clients(work, address)).items] == [twin.id]
        with pytest.raises(MergedAlready) as gone:
            await merging.preview_merge(work, twin.id, ana.id)
        assert gone.value.extra == {"client_id": twin.id}
        await destroy_key(work, twin.id)
        for read in (notes.list_notes, read_answers):
            with pytest.raises(Erased):
                await read(work, twin.id)
        assert {consent.signed_name for consent in await list_consents(work, twin.id)} == {""}


async def test_what_was_written_to_either_record_is_told_of_the_one_that_stays(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        kept, other = [await _add(work, "Ana", f"{who}@example.test") for who in ("ana", "a.torres")]
        for one in (kept, other):
            confirmed = Message(
                kind="lot.recalled.client",
                subject_id=new_id(),
                version=0,
                recipient=one.email.title(),
                title=f"To {one.email}",
                text="",
                html="",
            )
            await notices.queue(work, confirmed)
        await merging.merge_clients(work, kept.id, Merge(other_id=other.id))
        for one in (kept, other):
            listed = await notices.list_to_client(work, one.id, 9)
            assert {row.title for row in listed} == {f"To {kept.email}", f"To {other.email}"}
        stranger = await _add(work, "Ben", "ben@example.test")
        assert await notices.list_to_client(work, stranger.id, 9) == []


async def test_merging_on_leads_through_to_the_last(database: Database) -> None:
    world, account = await live_clinic(database), new_id()
    async with database.begin(world.scope) as work:
        one, two, three = [await _add(work, f"C{n}", f"c{n}@x.test") for n in range(3)]
        await find_or_create_client(work, name="", email="c0@x.test", account_id=account)
        await notes.add_note(work, one.id, NewNote(text="Kept through two merges."))
        await merging.merge_clients(work, two.id, Merge(other_id=one.id, name="other"))
        kept = await merging.merge_clients(work, three.id, Merge(other_id=two.id, phone="other"))
        assert (kept.name, kept.email, kept.account_id) == ("C2", "c2@x.test", account)
        assert {(await get_client(work, each.id)).id for each in (one, two, three)} == {three.id}
        assert [note.text for note in await notes.list_notes(work, one.id)] == ["Kept through two merges."]


async def test_what_cannot_be_merged_is_said(database: Database) -> None:
    world = await live_clinic(database)
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(other.scope) as work:
        foreign = await _add(work, "Ana", "ana@example.test")
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="a@x.test", account_id=new_id())
        ben = await find_or_create_client(work, name="Ana", email="b@x.test", account_id=new_id())
        assert (await merging.preview_merge(work, ana.id, ben.id)).two_accounts
        for given, fact in (
            (ana.id, SameRecord),
            (ben.id, TwoAccounts),
            (foreign.id, NotFound),
            (new_id(), NotFound),
        ):
            with pytest.raises(fact):
                await merging.merge_clients(work, ana.id, Merge(other_id=given))
            if fact is not TwoAccounts:
                with pytest.raises(fact):
                    await merging.preview_merge(work, ana.id, given)
        assert len((await list_clients(work)).items) == 2


async def test_two_who_merge_at_once_come_one_after_the_other(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana, ben = await _add(work, "Ana", "a@x.test"), await _add(work, "Ana", "b@x.test")

    async def merge(keep: UUID, other: UUID) -> str:
        try:
            async with database.begin(ClinicScope(world.clinic_id)) as work:
                await merging.merge_clients(work, keep, Merge(other_id=other))
        except MergedAlready:
            return "merged already"
        return "merged"

    ends = await asyncio.gather(merge(ana.id, ben.id), merge(ben.id, ana.id), merge(ana.id, ben.id))
    assert "merged" in ends
    async with database.begin(world.scope) as work:
        assert len((await list_clients(work)).items) == 1
        assert (await get_client(work, ana.id)) == (await get_client(work, ben.id))


async def test_what_was_being_written_for_the_other_record_is_gathered(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana, twin = await _add(work, "Ana", "a@x.test"), await _add(work, "Ana", "b@x.test")
        await merging.gather_stragglers(work, twin.id)
        await merging.merge_clients(work, ana.id, Merge(other_id=twin.id))
    async with database.begin(world.scope) as work:
        late = await notes.add_note(work, ana.id, NewNote(text="Written for both."))
        # As if it had been under way while the records were merged.
        await work.execute(text("UPDATE client_note SET client_id = :twin"), {"twin": twin.id})
        clients = table(Client)
        assert await work.scalar(select(clients.c.merged_into).where(clients.c.id == twin.id)) == ana.id
    await clock.advance(timedelta(minutes=11))
    async with database.begin(world.scope) as work:
        assert await notes.list_notes(work, ana.id) == []
        await merging.gather_stragglers(work, twin.id)
        assert [note.id for note in await notes.list_notes(work, ana.id)] == [late.id]
        await merging.gather_stragglers(work, twin.id)
        with pytest.raises(NotFound):
            await merging.gather_stragglers(work, new_id())
