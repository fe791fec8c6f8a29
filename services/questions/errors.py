"""What questions refuse."""

from __future__ import annotations

from services.kernel.errors import WrongState


class QuestionClosed(WrongState):
    code = "question-closed"
    message = "This conversation was closed. Ask a new question, or call the clinic."


class AskFirst(WrongState):
    """The clinic wants to talk before this treatment is booked. `clinic` and `treatment_id` say what to ask about."""

    code = "ask-first"
    message = (
        "This clinic talks to you before this treatment is booked. Ask it first: its answer may hold a link "
        "that books."
    )
