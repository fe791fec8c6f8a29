"""SQL of retention: what each rule erases, in batches, with the clinics it happened in; and its reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.kernel.ids import new_id
from services.kernel.tables import metadata, table
from services.kernel.work import AnyWork, PlatformWork
from services.privacy.models import RetentionReport

_REPORTS = table(RetentionReport)
BATCH = 1000
Counts = Counter[UUID | None]


def _t(name: str) -> Table:
    return metadata.tables[name]


class Sweeper:
    """Erases what is older than an instant, for every clinic, a batch at a time; gives how many by clinic."""

    def __init__(self, work: PlatformWork) -> None:
        self._work = work

    async def tokens(self, before: datetime) -> Counts:
        return await self._delete("sign_in", _t("sign_in").c.expires_at < before)

    async def replies(self, before: datetime) -> Counts:
        return await self._delete("idempotent_reply", _t("idempotent_reply").c.created_at < before)

    async def deliveries(self, before: datetime) -> Counts:
        one = _t("delivery")
        return await self._delete("delivery", (one.c.state == "done") & (one.c.done_at < before))

    async def timers(self, before: datetime) -> Counts:
        one = _t("timer")
        return await self._delete("timer", (one.c.state != "waiting") & (one.c.due_at < before))

    async def messages(self, before: datetime) -> Counts:
        """Whatever became of them: tries end after hours, so that one which still waits is not sent any more."""
        one = _t("notice")
        over = (one.c.created_at < before) & (one.c.text_body != "")
        state = case((one.c.state.in_(("queued", "inflight")), "failed"), else_=one.c.state)
        leaves = {"title": "", "text_body": "", "html_body": "", "attachments": [], "state": state}
        return await self._clear("notice", over, leaves)

    async def recipients(self, before: datetime) -> Counts:
        one = _t("notice")
        over = (one.c.created_at < before) & (one.c.recipient != "")
        return await self._clear("notice", over, {"recipient": "", "error": null()})

    async def check_ins(self, before: datetime) -> Counts:
        one = _t("check_in")
        return await self._delete("check_in", one.c.answered_at.is_(None) & (one.c.expires_at < before))

    async def invitations(self, before: datetime) -> Counts:
        return await self._delete("team_invitation", _t("team_invitation").c.expires_at < before)

    async def reviews(self, before: datetime) -> Counts:
        """Removed ones: the row stays as what was removed, without words and name."""
        one, case = _t("review"), _t("moderation_case")
        removed_lately = exists().where(
            case.c.clinic_id == one.c.clinic_id,
            or_(case.c.subject_id == one.c.id, case.c.detail["review_id"].astext == func.text(one.c.id)),
            or_(case.c.decided_at.is_(None), case.c.decided_at >= before),
        )
        over = (one.c.state == "removed") & (one.c.created_at < before) & (one.c.author != "")
        leaves = {"author": "", "body": "", "reply": null(), "replied_at": null()}
        return await self._clear("review", over & ~removed_lately, leaves)

    async def reports(self, before: datetime) -> Counts:
        one = _t("moderation_case")
        said = or_(one.c.detail["email"].astext != "", one.c.detail["text"].astext != "")
        over = (one.c.state == "decided") & (one.c.decided_at < before) & said
        less = one.c.detail.op("||")(cast(literal({"email": "", "text": ""}, JSONB), JSONB))
        return await self._clear("moderation_case", over, {"detail": less})

    async def questions(self, before: datetime) -> Counts:
        """Threads of people who never became a client: name, address and words go, with the key."""
        one, client, message, key = _t("question"), _t("client"), _t("question_message"), _t("person_key")
        became = exists().where(
            client.c.clinic_id == one.c.clinic_id, func.lower(client.c.email) == func.lower(one.c.email)
        )
        old = select(one.c.clinic_id, one.c.id).where(one.c.changed_at < before, ~became).limit(BATCH)
        found = [tuple(row) for row in await self._work.rows(old)]
        if found:
            same = tuple_(message.c.clinic_id, message.c.question_id).in_(found)
            await self._work.execute(delete(message).where(same))
            await self._work.execute(delete(one).where(tuple_(one.c.clinic_id, one.c.id).in_(found)))
            mine = tuple_(key.c.clinic_id, key.c.person_id).in_(found)
            await self._work.execute(delete(key).where(mine))
        return Counter(clinic_id for clinic_id, _ in found)

    async def exports(self, before: datetime) -> Counts:
        """What is left of requests: the files have gone by their timers, and links are over."""
        one = _t("privacy_request")
        over = (one.c.request_kind != "erasure") & (one.c.expires_at < before)
        return await self._delete("privacy_request", over & (one.c.state != "asked") | over & _is_link(one))

    async def accounts(self, before: datetime) -> Counts:
        """Never proved, nothing hangs on them."""
        one, member, client, booking = _t("account"), _t("membership"), _t("client"), _t("booking")
        alone = and_(
            *(~exists().where(other.c.account_id == one.c.id) for other in (member, client, booking)),
            ~one.c.is_moderator,
        )
        return await self._delete(
            "account", one.c.email_verified_at.is_(None) & (one.c.created_at < before) & alone
        )

    async def count_treatment_records(self, before: datetime) -> Counts:
        """Records of sessions, written before that."""
        return await self._number("session_record", _t("session_record").c.recorded_at < before)

    async def count_photos(self, before: datetime) -> Counts:
        """Photos of treated areas, added before that."""
        return await self._number("clinical_photo", _t("clinical_photo").c.added_at < before)

    async def _number(self, name: str, condition: ColumnElement[bool]) -> Counts:
        one = _t(name)
        rows = await self._work.rows(
            select(one.c.clinic_id, func.count().label("number")).where(condition).group_by(one.c.clinic_id)
        )
        return Counter({row.clinic_id: row.number for row in rows})

    async def _delete(self, name: str, condition: ColumnElement[bool]) -> Counts:
        one = _t(name)
        return await self._count(one, delete(one).where(self._batch(one, condition)))

    async def _clear(self, name: str, condition: ColumnElement[bool], leaves: Mapping[str, Any]) -> Counts:
        one = _t(name)
        return await self._count(one, update(one).where(self._batch(one, condition)).values(dict(leaves)))

    def _batch(self, one: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        keys = list(one.primary_key.columns)
        chosen = select(*keys).where(condition).limit(BATCH).with_for_update(skip_locked=True).cte("chosen")
        return tuple_(*keys).in_(select(*chosen.c))

    async def _count(self, one: Table, statement: Any) -> Counts:
        has_clinic = "clinic_id" in one.columns
        gives = one.c.clinic_id if has_clinic else literal(None)
        rows = await self._work.rows(statement.returning(gives.label("clinic")))
        return Counter(row.clinic for row in rows)


def _is_link(one: Table) -> ColumnElement[bool]:
    return one.c.request_kind == "link"


class ReportRepository:
    """Reports of retention; those of a clinic under its scope, all under the platform's."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def add(
        self, ran_on: date, rule: str, version: str, clinic_id: UUID | None, *, erased: int, kept: int
    ) -> None:
        """Adds to what is reported of that day, rule and clinic; what was kept is the latest count."""
        statement = insert(_REPORTS).values(
            id=new_id(),
            clinic_id=clinic_id,
            ran_on=ran_on,
            rule=rule,
            version=version,
            erased=erased,
            kept=kept,
            at=self._work.now,
        )
        await self._work.execute(
            statement.on_conflict_do_update(
                index_elements=["clinic_id", "ran_on", "rule"],
                set_={
                    "erased": _REPORTS.c.erased + statement.excluded.erased,
                    "kept": statement.excluded.kept,
                    "at": statement.excluded.at,
                },
            )
        )

    async def list_latest(self, limit: int, clinic_id: UUID | None = None) -> Sequence[Row[Any]]:
        """The latest days first; of one clinic where it is given."""
        statement = select(_REPORTS)
        if clinic_id is not None:
            statement = statement.where(_REPORTS.c.clinic_id == clinic_id)
        return await self._work.rows(
            statement.order_by(_REPORTS.c.ran_on.desc(), _REPORTS.c.rule, _REPORTS.c.clinic_id).limit(limit)
        )

    async def sum_latest(self, limit: int) -> Sequence[Row[Any]]:
        """Over all clinics, by day and rule, the latest days first."""
        return await self._work.rows(
            select(
                _REPORTS.c.ran_on,
                _REPORTS.c.rule,
                func.sum(_REPORTS.c.erased).label("erased"),
                func.sum(_REPORTS.c.kept).label("kept"),
            )
            .group_by(_REPORTS.c.ran_on, _REPORTS.c.rule)
            .order_by(_REPORTS.c.ran_on.desc(), _REPORTS.c.rule)
            .limit(limit)
        )
