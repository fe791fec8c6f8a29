"""Messages about what the moderators do: to a clinic, to a review's author, to who reported something."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.clinics.schemas import ClinicView
from services.kernel.language import gettext as _
from services.kernel.language import page_address
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_address
from services.notices.schemas import Message
from services.reviews.schemas import Author


def submitted(clinic: ClinicView, case_id: UUID, base_url: str) -> Message:
    """The clinic's listing is with the moderators."""
    letter = Letter(
        title=_("{clinic}: we have your listing", clinic=clinic.name),
        greeting=hello(clinic.name),
        opening=(
            _(
                "Your listing is with our moderators. They check what you state against public registers and your "
                "documents, usually within two working days."
            ),
        ),
        action=(_("See your listing"), page_address(base_url, f"/clinic/{clinic.slug}")),
        why=as_address(),
    )
    text, html = write(letter)
    return Message("clinic.submitted", case_id, 0, clinic.email, letter.title, text, html)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision in words for people.

    `appeal_url` is where it can be appealed, `about` whom or what of the clinic it is about, `points` what is to be
    changed.
    """

    decision: str
    reason: str
    message: str
    appeal_url: str | None = None
    on_appeal: bool = False
    about: str = ""
    points: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        about = ((_("About"), self.about),) if self.about else ()
        words = ((_("The moderator writes"), self.message),) if self.message else ()
        asked = tuple((_("To change"), point) for point in self.points)
        return (*about, (_("Decision"), _(self.decision)), (_("Reason"), _(self.reason)), *words, *asked)

    @property
    def closing(self) -> tuple[str, ...]:
        """How to appeal, or that this is the last word."""
        if self.on_appeal:
            return (_("Another moderator than the first has looked at it, and this decision is final."),)
        if self.appeal_url is None:
            return ()
        return (
            _(
                "If you think this is wrong, you can appeal within thirty days: another moderator will look at it."
            ),
            self.appeal_url,
        )


def decided(clinic: ClinicView, case_id: UUID, base_url: str, verdict: Verdict) -> Message:
    """To the clinic: what was decided and why."""
    looked = (
        _("Another moderator has looked at your appeal.")
        if verdict.on_appeal
        else _("Our moderators have looked at what your clinic shows.")
    )
    letter = Letter(
        title=_("{clinic}: the moderators have decided", clinic=clinic.name),
        greeting=hello(clinic.name),
        opening=(looked,),
        facts=verdict.facts,
        action=(_("Open your clinic"), page_address(base_url, f"/clinic/{clinic.slug}")),
        closing=verdict.closing,
        why=as_address(),
    )
    text, html = write(letter)
    return Message("moderation.decided", case_id, 0, clinic.email, letter.title, text, html)


def decided_review(clinic_name: str, case_id: UUID, author: Author, verdict: Verdict) -> Message:
    """To the author of a review: it was taken down, or what became of their appeal."""
    looked = (
        _("Another moderator has looked at your appeal.")
        if verdict.on_appeal
        else _("Our moderators have looked at your review, and it is no longer shown.")
    )
    letter = Letter(
        title=_("Your review: the moderators have decided"),
        greeting=hello(author.name),
        opening=(looked,),
        facts=((_("Your review of"), clinic_name), *verdict.facts),
        closing=verdict.closing,
        why=_("You get this because you wrote a review at Needlewise."),
    )
    text, html = write(letter)
    return Message("moderation.decided", case_id, 0, author.email, letter.title, text, html)


def report_answered(clinic_name: str, case_id: UUID, email: str, *, acted: bool) -> Message:
    """To who reported something: it was looked at. What was done to whom is not told."""
    outcome = (
        _("A moderator has looked at what you reported about {clinic}, and found something to act on.")
        if acted
        else _(
            "A moderator has looked at what you reported about {clinic}, and found nothing against our rules."
        )
    )
    letter = Letter(
        title=_("Your report was looked at"),
        greeting=_("Hello,"),
        opening=(outcome.format(clinic=clinic_name),),
        closing=(_("Thank you for telling us. If you see more, report it on the clinic's page."),),
        why=_("You get this because you left this address with your report at Needlewise."),
    )
    text, html = write(letter)
    return Message("moderation.report_answered", case_id, 0, email, letter.title, text, html)
