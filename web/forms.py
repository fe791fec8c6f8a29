"""Forms: read as typed, validated by the services' schemas, shown again with errors at their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from litestar.datastructures import UploadFile
from pydantic import ValidationError

from services.accounts.schemas import Input
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.words import NOT_SHOWN, is_showable
from web.context import AppRequest
from web.locale import gettext

T = TypeVar("T", bound=Input)


_AS_TYPED = frozenset({"password", "current"})  # spaces at the ends of a password belong to it


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it: `values` (text or list of text) and `errors` by field name.

    `files` has the first file of each field, `uploads` all of them.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)
    uploads: dict[str, list[UploadFile]] = field(default_factory=dict)

    def reject(self, refusal: InvalidFields) -> Form:
        """The same form with a refusal's errors; a nested path counts for its first part as well."""
        for error in refusal.errors:
            self.errors.setdefault(error.field, error.message)
            self.errors.setdefault(error.field.split(".")[0], error.message)
        return self


def words_of(refusal: Refusal) -> str:
    """What a page says of a refusal where it has no field to say it at: of refused fields, the first one's message."""
    return refusal.errors[0].message if isinstance(refusal, InvalidFields) else refusal.text


async def read_form(request: AppRequest, *many: str) -> Form:
    """The posted form. Fields named in `many` become lists; empty text stays, so nothing typed is lost."""
    posted = await request.form()
    form = Form()
    for key in posted:
        if key == "_csrf_token":
            continue
        found = posted.getall(key)
        uploads = [item for item in found if isinstance(item, UploadFile)]
        if uploads:
            form.files[key] = uploads[0]
            form.uploads[key] = [item for item in uploads if item.filename]
        elif key in many:
            form.values[key] = [str(item) for item in found if str(item)]
        else:
            last = str(found[-1])
            form.values[key] = last if key in _AS_TYPED else last.strip()
    for key in many:
        form.values.setdefault(key, [])
    return form


def check(form: Form, schema: type[T], **fixed: Any) -> T:
    """The form as a schema's value; empty text counts as missing. Raises `InvalidFields`."""
    given = {key: value for key, value in form.values.items() if value not in ("", None)}
    try:
        return schema.model_validate({**given, **fixed})
    except ValidationError as error:
        raise InvalidFields.from_pydantic(error) from error


def typed_words(form: Form, name: str, most: int | None = None) -> str:
    """What was typed for a use case that takes words alone, and no schema. Raises `InvalidFields`."""
    words = str(form.values.get(name, ""))
    if most is not None and len(words) > most:
        raise InvalidFields.one(name, "too-long", gettext("Use at most {most} characters.").format(most=most))
    if not is_showable(words):
        raise InvalidFields.one(name, "invalid", NOT_SHOWN)
    return words
