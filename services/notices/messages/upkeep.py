"""A message that is not about a visit: half a year after a course. With the client's word alone."""

from __future__ import annotations

from uuid import UUID

from services.clients.schemas import ClientView
from services.clinics.schemas import ClinicView
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message


def upkeep(clinic: ClinicView, client: ClientView, course_id: UUID, book_url: str, stop_url: str) -> Message:
    """Says that the course is half a year ago, and where one can book. It promises nothing."""
    letter = Letter(
        title=f"A word from {clinic.name}",
        greeting=f"Hello {client.name},",
        opening=(
            f"It is half a year since your last appointment at {clinic.name}.",
            "If you want to come again, or want somebody to look at how things are, you can choose a time here.",
        ),
        action=("See the times", book_url),
        closing=(f"You want no such messages? Stop them with one press: {stop_url}",),
        why=f"You get this because you allowed {clinic.name} to write to you about more than your appointments.",
    )
    text, html = write(letter)
    return Message("course.upkeep", course_id, 0, client.email, letter.title, text, html, client_id=client.id)
