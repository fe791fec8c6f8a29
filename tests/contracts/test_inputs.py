"""Every text that people and programs send: which signs it refuses, wherever it stands in what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from litestar import Litestar
from pydantic import BaseModel, ValidationError

import web.app
from services.accounts.schemas import Input

SEVERAL_LINES = frozenset(
    {
        "Appeal.text",
        "CancelIn.reason",
        "ChangePoint.message",
        "ChosenPassword.password",
        "CheckInAnswer.text",
        "ClinicPatch.description",
        "ClinicPatch.sterilisation_protocol",
        "CorrectionIn.why",
        "Credentials.password",
        "Decide.message",
        "Erase.password",
        "Flag.text",
        "Handled.note",
        "NewAccount.password",
        "NewAnswer.text",
        "NewEmail.current",
        "NewMessage.text",
        "NewNote.text",
        "NewPassword.current",
        "NewPassword.password",
        "NewPicture.alt",
        "NewPractitioner.bio",
        "NewQuestion.text",
        "NewReply.text",
        "NewReview.text",
        "NewSecondFactor.current",
        "NewTreatment.description",
        "OwnWordsIn.paragraphs",
        "OwnWordsIn.signature",
        "PicturePatch.alt",
        "PractitionerPatch.bio",
        "RecallIn.words",
        "Report.text",
        "SessionRecordIn.depth_reason",
        "SessionRecordIn.notes",
        "SetPassword.password",
        "StopIn.words",
        "TreatmentPatch.description",
    }
)
NOT_SHOWN = ("\x00", "\x07", "\x1b", "\x7f", "\x9b")
BREAKS = ("\n", "\r\n", "\t", "\x85", "\u2028")
TEXTS = ("Linden", "ana@example.com", "ab", "a long walk by the sea")
"""What some field of text takes; a field that takes none of them has codes of its own, and no text."""
Given = Callable[[str], Any]


def _kinds_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _kinds_of(part)


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for lower in kind.__subclasses__():
        yield lower
        yield from _below(lower)


@cache
def inputs() -> list[type[BaseModel]]:
    """Every input of the house, and what is nested in them."""
    assert web.app  # everything that takes something is imported by it
    found = dict.fromkeys(one for one in _below(Input) if one.__module__.startswith(("services.", "web.")))
    for kind in list(found):
        for field in kind.model_fields.values():
            found |= dict.fromkeys(_kinds_of(field.annotation))
    return sorted(found, key=lambda kind: kind.__name__)


def _example(annotation: Any) -> Any:
    """Something of a kind that stands beside a text in a collection."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    return "Linden" if annotation is str else True


def _ways(annotation: Any) -> Iterator[Given]:
    """The ways to put a text into a field of that kind."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation is str:
        yield lambda text: text
    elif origin is Annotated:
        yield from _ways(parts[0])
    elif origin in {Union, UnionType}:
        for part in parts:
            yield from _ways(part)
    elif origin is list:
        yield from (lambda text, way=way: [way(text)] for way in _ways(parts[0]))
    elif origin is dict:
        value = _example(parts[1])
        yield from (lambda text, way=way: {way(text): value} for way in _ways(parts[0]))
        key = _example(parts[0])
        yield from (lambda text, way=way: {key: way(text)} for way in _ways(parts[1]))


def _takes(kind: type[BaseModel], field: str, value: Any) -> bool:
    try:
        kind.model_validate({field: value})
    except ValidationError as error:
        return all(item["loc"][:1] != (field,) for item in error.errors())
    return True


def _owner(kind: type[BaseModel], field: str) -> str:
    """The model that first has the field."""
    return [one.__name__ for one in kind.__mro__ if field in getattr(one, "model_fields", {})][-1]


@cache
def texts() -> dict[str, tuple[type[BaseModel], str, tuple[tuple[Given, str], ...]]]:
    """The fields of text of every input, each with how to fill it and with what."""
    found = {}
    for kind in inputs():
        for field, info in kind.model_fields.items():
            filled = tuple(
                (way, text)
                for way in _ways(info.annotation)
                for text in TEXTS
                if _takes(kind, field, way(text))
            )
            if filled:
                found[f"{kind.__name__}.{field}"] = (kind, field, filled)
    return found


def _with(sign: str, text: str) -> str:
    return f"{text[:1]}{sign}{text[1:]}"


@pytest.mark.parametrize("name", sorted(texts()))
def test_a_text_holds_no_sign_that_cannot_be_shown(name: str) -> None:
    kind, field, filled = texts()[name]
    taken = [
        (text, sign)
        for way, text in filled
        for sign in NOT_SHOWN
        if _takes(kind, field, way(_with(sign, text)))
    ]
    assert taken == []


@pytest.mark.parametrize("name", sorted(texts()))
def test_a_text_is_one_line_unless_it_may_have_several(name: str) -> None:
    kind, field, filled = texts()[name]
    several = f"{_owner(kind, field)}.{field}" in SEVERAL_LINES
    answers = {_takes(kind, field, way(_with(sign, text))) for way, text in filled for sign in BREAKS}
    assert answers == {several}


def test_texts_were_found_alone_in_lists_by_name_and_nested() -> None:
    found = set(texts())
    assert {
        "ClientIn.name",
        "SessionRecordIn.topicals",
        "OwnWordsIn.paragraphs",
        "ScreeningIn.answers",
    } < found
    assert {"AftercareIn.text", "MoneyIn.currency", "LaterIn.reference", "PlanIn.area"} < found
    owners = {f"{_owner(kind, field)}.{field}" for kind, field, _ in texts().values()}
    assert owners >= SEVERAL_LINES


def test_what_the_api_takes_is_an_input(app: Litestar) -> None:
    taken = {
        kind
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if (data := handler.parsed_fn_signature.parameters.get("data")) is not None
        for kind in _kinds_of(data.annotation)
    }
    assert len(taken) > 50
    files_alone = {"EvidenceUpload"}
    assert {kind.__name__ for kind in taken if not issubclass(kind, Input)} == files_alone
