"""A message that is not about a visit: half a year after a course. With the client's word alone."""

from __future__ import annotations

from uuid import UUID

from services.clients.schemas import ClientView
from services.clinics.schemas import ClinicView
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message


def upkeep(clinic: ClinicView, client: ClientView, course_id: UUID, book_url: str, stop_url: str) -> Message:
    """Says that the course is half a year ago, and where one can book. It promises nothing."""
    letter = Letter(
        title=_("A word from {clinic}", clinic=clinic.name),
        greeting=hello(client.name),
        opening=(
            _("It is half a year since your last appointment at {clinic}.", clinic=clinic.name),
            _(
                "If you want to come again, or want somebody to look at how things are, you can choose a time here."
            ),
        ),
        action=(_("See the times"), book_url),
        closing=(_("You want no such messages? Stop them with one press: {url}", url=stop_url),),
        why=_(
            "You get this because you allowed {clinic} to write to you about more than your appointments.",
            clinic=clinic.name,
        ),
    )
    text, html = write(letter)
    return Message("course.upkeep", course_id, 0, client.email, letter.title, text, html, client_id=client.id)
