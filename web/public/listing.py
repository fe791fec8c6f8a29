"""`/c/{slug}`: a live clinic's page, and telling the moderators about it."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.courses import photo_results
from services.kernel.errors import InvalidFields
from services.kernel.work import ClinicWork, Database
from services.marketplace.listing import clinic_figures, get_listing, list_menu
from services.marketplace.public_schemas import TreatmentShown
from services.moderation import service as moderation
from services.moderation.schemas import REPORT_REASONS, Report
from services.reviews import service as reviews
from services.treatments.service import get_catalogue
from web.context import AppRequest, Visitor, address_of, public_scope_of, site_of
from web.forms import Form, check, read_form
from web.locale import current_locale, gettext
from web.pages import go_to, page
from web.public.structured import as_script, clinic_data

REVIEWS_SHOWN = 10
JUDGED_AFTER_DAYS = 90


class ListingPages(Controller):
    """What anyone sees of a live clinic."""

    path = "/c/{slug:str}"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """The clinic. Raises `NotFound` where it is unknown or not live."""
        scope = await public_scope_of(database, slug, visitor)
        cursor = request.query_params.get("reviews")
        concern = str(request.query_params.get("concern", ""))
        async with database.begin(scope) as work:
            values = await listing_values(work, concern=concern, cursor=cursor)
        base_url = site_of(request).settings.base_url
        return page(
            request,
            "public/listing.html",
            first_reviews=f"/c/{slug}#reviews" if cursor else None,
            data=as_script(clinic_data(values["clinic"], values["menu"], base_url)),
            draft=False,
            **values,
        )

    @get("/report")
    async def ask(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """The form that tells the moderators."""
        scope = await public_scope_of(database, slug, visitor)
        async with database.begin(scope) as work:
            name = (await clinics.get_clinic(work)).name
        about = {
            key: str(request.query_params.get(key, "")) for key in ("review_id", "picture_id", "result_id")
        }
        about["reason"] = "picture" if about["picture_id"] else "result" if about["result_id"] else ""
        return _report_page(request, name, slug, Form({"email": visitor.email, **about}))

    @post("/report", status_code=200)
    async def report(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """Takes the report; with bad fields the form again, and nothing lost."""
        scope = await public_scope_of(database, slug, visitor)
        form = await read_form(request)
        try:
            given = check(form, Report, slug=slug, language=current_locale())
            async with database.begin(scope) as work:
                if given.review_id is not None:
                    await reviews.get_review(work, given.review_id)
                await moderation.report(work, given, address=address_of(request))
        except InvalidFields as refusal:
            async with database.begin(scope) as work:
                name = (await clinics.get_clinic(work)).name
            return _report_page(request, name, slug, form.reject(refusal))
        words = "Thank you. A moderator reads your report within two days."
        return go_to(f"/c/{slug}", flash=words)


async def listing_values(
    work: ClinicWork, *, concern: str = "", cursor: str | None = None, before_it_is_live: bool = False
) -> dict[str, Any]:
    """What the template of a clinic's page takes: treatments for the concern first, reviews from the cursor on."""
    figures = await clinic_figures(work)
    clinic = await get_listing(work, figures, before_it_is_live=before_it_is_live)
    menu = await list_menu(work)
    said = await reviews.list_reviews(work, REVIEWS_SHOWN, cursor)
    return {
        "clinic": clinic,
        "menu": sorted(menu, key=lambda item: (concern not in item.concerns, item.course.price.amount)),
        "cheapest": min(menu, key=lambda item: item.course.price.amount, default=None),
        "timelines": {item.id: timeline_of(item) for item in menu},
        "figures": figures,
        "results": 0 if before_it_is_live else len(await photo_results.list_results(work)),
        "reviews": said.items,
        "next_reviews": f"/c/{clinic.slug}?reviews={said.next}#reviews" if said.next else None,
        "soonest": min(
            (place for place in clinic.locations if place.next_free_at is not None),
            key=lambda place: str(place.next_free_at.isoformat() if place.next_free_at else ""),
            default=None,
        ),
        "languages": language_names(clinic.languages),
    }


def _report_page(request: AppRequest, name: str, slug: str, form: Form) -> Response[str]:
    return page(
        request,
        "public/report.html",
        status=422 if form.errors else 200,
        name=name,
        slug=slug,
        form=form,
        reasons=[(code, gettext(name)) for code, name in REPORT_REASONS],
    )


def timeline_of(item: TreatmentShown) -> dict[str, Any]:
    """A treatment's course as the drawing takes it: days from the first session, and windows."""
    course = item.course
    sessions: list[dict[str, Any]] = [{"day": 0}]
    for number in range(1, course.sessions):
        before = (number - 1) * course.target_days
        window = (before + course.min_days, before + course.max_days)
        sessions.append({"day": number * course.target_days, "window": window})
    return {"sessions": sessions, "judged": sessions[-1]["day"] + JUDGED_AFTER_DAYS}


def language_names(codes: list[str]) -> list[str]:
    """Languages in words."""
    names = {entry.code: entry.name for entry in get_catalogue().languages}
    return [names.get(code, code) for code in codes]
