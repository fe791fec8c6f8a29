"""Sends notices, a few of a clinic at a time, in two steps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from infra.platform.mail import AT_ONCE
from services.kernel.work import ClinicWork
from services.notices import sending
from services.notices.schemas import ShortText
from services.notices.sending import Outgoing
from workers.actor import Job, Outside, actor, all_or_each

Taken = list[tuple[Job, Outgoing]]


@actor(scope="same", outside=True, several=AT_ONCE)
async def send_notice(work: ClinicWork, jobs: Sequence[Job], outside: Outside) -> Mapping[UUID, Exception]:
    """Takes the notices, commits that, hands them to their transports at once, and notes how that ended.

    `work` holds the deliveries' locks all the while, so a notice found in flight was left by a crash.
    """
    taken: Taken = []

    async def take(some: Sequence[Job]) -> None:
        taken.extend(await _take(work, some, outside))

    failed = await all_or_each(jobs, take)
    answers = await asyncio.gather(*(_hand_over(one, outside) for _, one in taken), return_exceptions=True)
    sent: list[UUID] = []
    for (job, _), answer in zip(taken, answers, strict=True):
        if answer is None:
            sent.append(_notice_of(job))
        elif isinstance(answer, Exception):
            with job.traced():
                error = await _note_error(work, job, answer, outside)
            if error is not None:
                failed[job.id] = error
        else:
            raise answer
    await sending.note_sent(work, sent)
    return failed


async def _take(work: ClinicWork, jobs: Sequence[Job], outside: Outside) -> Taken:
    """What goes now, marked as in flight."""
    taken: Taken = []
    async with outside.database.begin(work.scope) as first:
        taking = await sending.open_for_sending(first, [_notice_of(job) for job in jobs])
        for job in jobs:
            with job.traced():
                outgoing = await taking.take(_notice_of(job), outside.mail_from)
            if outgoing is not None:
                taken.append((job, outgoing))
        await taking.finish()
    return taken


async def _hand_over(outgoing: Outgoing, outside: Outside) -> None:
    if isinstance(outgoing, ShortText):
        await outside.texts.send(outgoing.to, outgoing.words, outgoing.key)
    else:
        await outside.mail.send(outgoing)


async def _note_error(work: ClinicWork, job: Job, error: Exception, outside: Outside) -> Exception | None:
    """Notes what an error of handing over means; gives it, or what went wrong with that, where it is to be tried again.

    Whatever happens here is this job's alone: others of its message have gone, and are still to be noted.
    """
    try:
        if isinstance(error, (outside.mail.refused, outside.texts.refused)):
            dead = getattr(error, "dead_address", False)
            async with work.savepoint():
                await sending.note_refused(work, _notice_of(job), str(error), dead_address=dead)
            return None
        if not isinstance(error, (outside.mail.unanswered, outside.texts.unanswered)):
            async with outside.database.begin(work.scope) as back:
                await sending.note_not_sent(back, _notice_of(job), type(error).__name__)
    except Exception as other:  # noqa: BLE001  noted with the job
        return other
    # unanswered: it may have gone, so it stays in flight, and the rule of its kind decides at the next try
    return error


def _notice_of(job: Job) -> UUID:
    return UUID(job.ids["notice_id"])


@actor(scope="clinic", outside=True)
async def forget_text(work: ClinicWork, ids: Mapping[str, str], outside: Outside) -> None:  # noqa: ARG001  only the gateway is touched
    """A person was erased: what the gateway still keeps of a text to them goes too."""
    await outside.texts.forget(ids["key"])
