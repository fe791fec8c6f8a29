"""The proof: everything of a person is in the export, and after the erasure nothing of them is anywhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.migrations.declared import declared_models
from infra.platform.mail import MailboxOnly
from infra.platform.settings import Settings
from services.courses import records
from services.courses.recalls import trace_lot
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.tables import metadata, table
from services.kernel.vault import Erased, open_for
from services.kernel.work import Database
from services.privacy import asking, export
from services.privacy.declaration import PERSONAL
from services.privacy.schemas import Erase
from tests.factories import PASSWORD
from tests.fixtures import MovableClock
from tests.services.privacy.life import EMAIL, MARK, NAME, PHONE, TRACES, Life, a_life
from workers.inline import drain

# Kept with its reason (declaration): who treated, in the trade's own name, and what a business says of itself.
_FIGURES = """
    SELECT 'bookings', status, count(*), sum(price) FROM booking WHERE starts_at < :now GROUP BY 2
    UNION ALL SELECT 'reviews', state, count(*), sum(total) FROM review GROUP BY 2
    UNION ALL SELECT 'figures ' || subject_kind, subject, reviews, total_sum FROM review_figure
    UNION ALL SELECT 'downtime', '', count(downtime_days), sum(downtime_days) FROM check_in
    UNION ALL SELECT 'lots', lot, count(*), NULL FROM session_record GROUP BY 2
    UNION ALL SELECT 'questions', '', count(*), NULL FROM question
    ORDER BY 1, 2
"""


async def _everything(superuser: AsyncEngine) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found = {}
    async with superuser.connect() as connection:
        for model in declared_models():
            name = table(model).name
            rows = await connection.execute(text(f'SELECT t::text FROM "{name}" t'))
            found[name] = [row[0] for row in rows]
    return found


def _traces(found: dict[str, list[str]]) -> set[str]:
    return {
        f"{name}: {trace}"
        for name, rows in found.items()
        for row in rows
        for trace in TRACES
        if trace.lower() in row.lower()
    }


def _files(settings: Settings) -> dict[str, bytes]:
    folder = Path(settings.data_dir) / "files"
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


async def _rows(superuser: AsyncEngine, statement: str, **values: Any) -> list[Row[Any]]:
    async with superuser.connect() as connection:
        return list((await connection.execute(text(statement), values)).all())


async def _keys(superuser: AsyncEngine, life: Life) -> list[UUID]:
    clients = await _rows(superuser, "SELECT id FROM client WHERE email = :e", e=EMAIL)
    return [life.question_id, *(row.id for row in clients)]


async def _sealed(superuser: AsyncEngine) -> list[bytes]:
    boxes: list[bytes] = []
    async with superuser.connect() as connection:
        for name, declared in PERSONAL.items():
            for column in declared.seals:
                rows = await connection.execute(select(metadata.tables[name].c[column]))
                boxes += [row[0] for row in rows if row[0] is not None]
    return boxes


async def _export(database: Database, life: Life) -> dict[str, Any]:
    actor = Actor("account", life.account.account_id, NAME)
    async with database.begin(PublicScope(actor)) as work:
        person = await asking.own_person(work, life.account.account_id)
        (made,) = await asking.list_exports(work, person)
        return await export.read_export(work, person, made.id)


def _ids_in(document: dict[str, Any], name: str) -> set[str]:
    parts = [document["platform"], *(clinic["tables"] for clinic in document["clinics"])]
    key = {
        "session_record": "booking_id",
        "visit_claim": "booking_id",
        "recovery_code": "account_id",
        "practitioner_hours": "practitioner_id",
        "told": "booking_id",
        "external_busy": "practitioner_id",
    }
    return {str(row[key.get(name, "id")]) for part in parts for row in part.get(name, [])}


def _words_in(document: dict[str, Any]) -> str:
    return str(document).lower()


@pytest.mark.long
async def test_the_export_has_every_row_and_the_erasure_leaves_no_trace(
    database: Database, clock: MovableClock, superuser: AsyncEngine, settings: Settings
) -> None:
    others = set(_files(settings))
    life = await a_life(database, clock)
    document = await _export(database, life)
    await _has_every_row(superuser, document)
    (treated,) = [one for one in document["clinics"] if "clinical_photo" in one["tables"]]
    pictures = [row["image"][:23] for row in treated["tables"]["clinical_photo"]]
    assert pictures == ["data:image/jpeg;base64,"] * 2

    now = await clock.now()
    figures = await _rows(superuser, _FIGURES, now=now)
    audits = (await _everything(superuser))["audit_event"]
    keys, boxes = await _keys(superuser, life), await _sealed(superuser)
    files = _files(settings)
    assert any(MARK.encode() in content or b"PNG" in content[:8] for content in files.values())

    actor = Actor("account", life.account.account_id, NAME)
    confirmed = Erase(
        password=PASSWORD,
        code=life.totp.at(await clock.advance(timedelta(minutes=2))),
        understood=True,
        cancel_bookings=True,
    )
    async with database.begin(PublicScope()) as work:
        person = await asking.own_person(work, life.account.account_id)
    _, token = await asking.begin_erasure(database, person, confirmed, by=actor, token=life.token)
    await drain(database, MailboxOnly())
    await clock.advance(timedelta(days=1, minutes=1))
    await drain(database, MailboxOnly())

    after = await _everything(superuser)
    assert _traces(after) == set()
    left = {name: content for name, content in _files(settings).items() if name not in others}
    assert not any("/photos/" in name for name in left)
    assert [name for name, content in left.items() if any(t.encode() in content for t in TRACES)] == []
    assert not {name for name in left if name.startswith(("privacy/", str(life.works_at.clinic_id)))}
    await _opens_nothing(database, life, keys, boxes)
    assert await _rows(superuser, _FIGURES, now=now) == figures
    wishes = "SELECT weekdays, same_practitioner, until_time - from_time AS long FROM course"
    assert [tuple(row) for row in await _rows(superuser, wishes)] == [(127, True, timedelta(minutes=1439))]
    assert set(audits) <= set(after["audit_event"])
    async with database.begin(life.treated_at.scope) as clinic:
        (traced,) = (await trace_lot(clinic, "LOT-77")).people
        record = await records.find_record(clinic, traced.visits[0].id)
        assert record is not None
        assert (record.lot, record.notes, record.erased) == ("LOT-77", "", True)
        assert traced.name.startswith("Erased client")
    async with database.begin(PublicScope()) as work:
        report = (await asking.read_report(work, token)).report
    assert report["clinics"] == 3
    assert report["cancelled"] == 3
    assert report["keys"] == len(keys)
    assert report["kept"]["session_record"] == 1


async def _has_every_row(superuser: AsyncEngine, document: dict[str, Any]) -> None:
    shown = {name for name, one in PERSONAL.items() if any(lead.shown for lead in one.leads)}
    missing = {name for name in shown if not _ids_in(document, name)}
    assert missing == set()
    for name in (
        "client",
        "booking",
        "course",
        "screening_answer",
        "consent",
        "review",
        "check_in",
        "question",
    ):
        there = {str(row.id) for row in await _rows(superuser, f'SELECT id FROM "{name}"')}
        assert _ids_in(document, name) == there, name
    before = "SELECT id FROM notice WHERE recipient = :e AND notice_kind <> 'privacy.export_ready'"
    notices = await _rows(superuser, before, e=EMAIL)
    assert _ids_in(document, "notice") == {str(row.id) for row in notices}
    words = _words_in(document)
    for said in ("Does it hurt?", "Hardly,", "Afraid of needles.", "Even.", "Red.", "Careful.", NAME, PHONE):
        assert said.lower() in words, said
    assert "argon2" not in words
    assert "pregnan" in words or "isotretinoin" in words, "the health answers are opened"


async def _opens_nothing(database: Database, life: Life, keys: list[UUID], boxes: list[bytes]) -> None:
    assert boxes
    async with database.begin(ClinicScope(life.treated_at.clinic_id)) as work:
        for key in keys:
            for box in boxes:
                with pytest.raises(Erased):
                    await open_for(work, key, box)
