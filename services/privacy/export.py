"""Use cases of the export: everything held of a person, sealed answers opened, as one document kept for a week.

Made by a worker, clinic by clinic, each under its own scope and with an audit event there. The document is sealed with
the platform's key where it lies, and only its person can ask for it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics import service as clinics
from services.courses import photo_results, photos
from services.kernel.errors import NotFound
from services.kernel.picture_head_rules import JPEG
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.timers import set_timer
from services.kernel.vault import Erased, open_for
from services.kernel.work import AnyWork, ClinicWork, Database, PlatformWork
from services.privacy import events
from services.privacy.asking import get_export, requester
from services.privacy.declaration import PERSONAL
from services.privacy.errors import FileGone, NotReady
from services.privacy.holding import in_clinic, list_clinics
from services.privacy.law import rules
from services.privacy.models import RequestKind, RequestState
from services.privacy.person import Person
from services.privacy.repository import OwnRows
from services.privacy.requests_repository import RequestRepository
from services.privacy.schemas import FORMAT
from services.screening.wording import agreed_words, question_words

ERASED_WORDS = None


def storage_key(request_id: UUID) -> str:
    """Where an export lies."""
    return f"privacy/{request_id}"


async def make_export(work: PlatformWork, database: Database, request_id: UUID) -> None:
    """Gathers and keeps the document; one that is made already stays. Raises `NotFound`."""
    requests = RequestRepository(work)
    row = await requests.find(request_id, lock=True)
    if row is None or row.request_kind != RequestKind.EXPORT:
        raise NotFound
    if row.state != RequestState.ASKED:
        return
    person = await requester(work, row)
    document = await gather(database, person, work.scope.by)
    document["made_at"] = work.now.isoformat()
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    until = work.now + timedelta(days=rules()["exports"].days)
    await work.tools.storage.put(
        storage_key(request_id),
        work.tools.keyring.seal(content, request_id.bytes),
        "application/octet-stream",
    )
    await requests.change(
        request_id,
        state=RequestState.DONE,
        done_at=work.now,
        expires_at=until,
        size_bytes=len(content),
        report={"rows": _counted(document)},
    )
    work.audit("privacy.make_export", "privacy_request", request_id)
    set_timer(work, events.EXPORT_OVER(request_id=request_id), request_id, until)


async def gather(database: Database, person: Person, by: Actor) -> dict[str, Any]:
    """The document: what belongs to no clinic, then what each clinic holds."""
    async with database.begin(PublicScope(by)) as work:
        platform = await _rows(work, person)
    held = []
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as own:
            clinic = await clinics.get_clinic(own)
            tables = await _rows(own, person)
            counts = {name: len(rows) for name, rows in tables.items()}
            own.audit("privacy.export", "clinic", clinic_id, rows=counts)
            held.append({"id": str(clinic_id), "name": clinic.name, "slug": clinic.slug, "tables": tables})
    return {
        "format": FORMAT,
        "person": {
            "account_id": None if person.account_id is None else str(person.account_id),
            "email": person.email,
        },
        "platform": platform,
        "clinics": held,
    }


async def _rows(work: AnyWork, person: Person) -> dict[str, list[dict[str, Any]]]:
    rows = OwnRows(work, person)
    keys = [
        key
        for name in rows.tables()
        if PERSONAL[name].holds_key and isinstance(work.scope, ClinicScope)
        for key in await rows.ids(name)
    ]
    found = {name: await rows.rows(name) for name in reversed(rows.tables())}
    plain = {
        name: [await _plain(work, name, row, keys) for row in listed]
        for name, listed in found.items()
        if listed
    }
    for values in plain.get("clinical_photo", []):
        values["image"] = await _image(work, UUID(values["id"]))
    _put_words_beside(plain)
    return plain


def _put_words_beside(plain: dict[str, list[dict[str, Any]]]) -> None:
    """What was answered and agreed to, in the words that were shown: a version alone tells its reader nothing."""
    for values in plain.get("screening_answer", []):
        values["questions"] = question_words(values["question_set"], values["language"])
    for values in plain.get("consent", []):
        values["text"] = agreed_words(values["purpose"], values["text_version"], values["language"])
    for values in plain.get("photo_release", []):
        values["text"] = photo_results.released_words(values["text_version"], values["language"])


async def _image(work: AnyWork, photo_id: UUID) -> str | None:
    """A photo as a data address (RFC 2397); nothing where it cannot be opened any more, or is not ready."""
    own: ClinicWork = work  # type: ignore[assignment]  # only clinics have photos
    try:
        content = await photos.load_file(own, await photos.get_photo(own, photo_id), photos.FULL)
    except (NotFound, Erased):
        return None
    return f"data:{JPEG};base64,{b64encode(content).decode()}"


async def _plain(work: AnyWork, name: str, row: Row[Any], keys: list[UUID]) -> dict[str, Any]:
    declared = PERSONAL[name]
    values: dict[str, Any] = {}
    for column, value in row._mapping.items():  # noqa: SLF001  the row as a mapping is its documented way
        if column in declared.hides or column == "clinic_id":
            continue
        sealed = column in declared.seals and value is not None
        values[column] = await _opened(work, value, keys) if sealed else _json(value)
    return values


async def _opened(work: AnyWork, box: bytes, keys: list[UUID]) -> Any:
    """What was sealed for any of the person's records; nothing where its key was destroyed."""
    own: ClinicWork = work  # type: ignore[assignment]  # only clinics' tables have sealed columns
    for key in keys:
        try:
            text = (await open_for(own, key, box)).decode()
        except Erased:
            continue
        try:
            return json.loads(text) if text[:1] in "{[" else text
        except ValueError:
            return text
    return ERASED_WORDS


def _json(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return None
    return value


def _counted(document: Mapping[str, Any]) -> int:
    parts = [document["platform"], *(clinic["tables"] for clinic in document["clinics"])]
    return sum(len(rows) for part in parts for rows in part.values())


async def read_export(work: AnyWork, person: Person, request_id: UUID) -> dict[str, Any]:
    """The document, for its person; the look is recorded. Raises `NotFound`, `NotReady`, `FileGone`."""
    request = await get_export(work, person, request_id)
    if request.state == RequestState.ASKED:
        raise NotReady
    if request.state == RequestState.EXPIRED:
        raise FileGone
    try:
        sealed = await work.tools.storage.get(storage_key(request_id))
    except KeyError as error:
        raise FileGone from error
    work.audit("privacy.read_export", "privacy_request", request_id)
    document: dict[str, Any] = json.loads(work.tools.keyring.open(sealed, request_id.bytes))
    return document


async def forget_export(work: AnyWork, request_id: UUID) -> None:
    """The file's time is over: it goes. Raises `NotFound`."""
    requests = RequestRepository(work)
    row = await requests.find(request_id, lock=True)
    if row is None:
        raise NotFound
    await work.tools.storage.delete(storage_key(request_id))
    if row.state != RequestState.EXPIRED:
        await requests.change(request_id, state=RequestState.EXPIRED)
        work.audit("privacy.forget_export", "privacy_request", request_id)
