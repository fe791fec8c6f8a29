"""The API of what a clinic's clients are sent: when they are reminded, and the clinic's own words."""

from __future__ import annotations

from dataclasses import asdict

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.kernel.work import Database
from services.notices import own_words
from services.notices.messages.own_words import OwnWords
from services.notices.own_words import OwnWordsIn
from services.scheduling import reminders
from services.scheduling.reminders import ReminderPolicyIn
from web.api.answers import BEARER
from web.context import Visitor, clinic_access


class ManageMessagesApi(Controller):
    path = "/api/v1/manage/{slug:str}"
    tags = ("Clinic: messages",)
    security = BEARER

    @get("/reminders", summary="How many hours before a visit its client is reminded")
    async def read(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ReminderPolicyIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return await reminders.get_policy(work)

    @put("/reminders", summary="Choose when clients are reminded; visits that are booked follow it")
    async def choose(
        self,
        slug: FromPath[str],
        data: JSONBody[ReminderPolicyIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ReminderPolicyIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return await reminders.choose_policy(work, data)

    @get("/letter-words", summary="The clinic's own words in messages to clients")
    async def read_words(
        self,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> OwnWordsIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:read").scope) as work:
            return words_out(await own_words.get_words(work))

    @put(
        "/letter-words",
        summary="Choose the clinic's own words, for messages from now on",
        description="Plain text; no addresses but the clinic's page here and its e-mail address.",
    )
    async def choose_words(
        self,
        slug: FromPath[str],
        data: JSONBody[OwnWordsIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> OwnWordsIn:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            return words_out(await own_words.choose_words(work, data))


def words_out(words: OwnWords) -> OwnWordsIn:
    """The words as they are kept: what was taken once is given out, whatever is taken by now."""
    return OwnWordsIn.model_construct(**asdict(words))
