"""What search engines read of a page (schema.org, JSON-LD): the facts that the page shows, nothing more.

Types and properties: https://schema.org/MedicalClinic, /Person, /Offer, /AggregateRating, /ItemList. Who treats
is a Person, with what was checked as `hasCredential`: Physician is a kind of business, which fits no aesthetician. The
rating is the marketplace's own, collected from completed bookings, and stands on its pages alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from babel.numbers import get_currency_precision
from markupsafe import Markup

from services.clinics.models import Weeks
from services.marketplace.public_schemas import ClinicShown, LocationShown, PractitionerShown, TreatmentShown
from services.marketplace.schemas import RatingView, SearchItem
from services.practitioners.kinds import credential_kinds
from services.treatments.models import BookingMode

CONTEXT = "https://schema.org"
Data = dict[str, Any]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def as_script(data: Data) -> Markup:
    """The data as a block that browsers do not run; nothing in it can end the block."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(body))  # noqa: S704  escaped above


def clinic_data(clinic: ClinicShown, menu: Sequence[TreatmentShown], base_url: str) -> Data:
    """A clinic's page: where it is, who treats and what was checked, what a course costs."""
    url = f"{base_url}/c/{clinic.slug}"
    first, *others = [_place(place, f"{url}#{place.id}") for place in clinic.locations] or [{}]
    return _without_empty(
        {
            "@context": CONTEXT,
            **first,
            "@type": "MedicalClinic",
            "@id": url,
            "name": clinic.name,
            "url": url,
            "description": clinic.description,
            "image": [f"{base_url}{picture.largest.url}" for picture in clinic.pictures],
            "currenciesAccepted": clinic.currency,
            "knowsLanguage": clinic.languages,
            "location": others,
            "employee": [_person(person) for person in clinic.practitioners],
            "makesOffer": [_offer(item, url) for item in menu],
            "aggregateRating": _rating(clinic.rating),
        }
    )


def list_data(items: Iterable[SearchItem], base_url: str) -> Data:
    """A page of search results: the clinics in the order shown."""
    return {
        "@context": CONTEXT,
        "@type": "ItemList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": item.name,
                "url": f"{base_url}/c/{quote(item.slug)}",
            }
            for number, item in enumerate(items, 1)
        ],
    }


def _place(place: LocationShown, url: str) -> Data:
    address = place.address
    return _without_empty(
        {
            "@type": "MedicalClinic",
            "@id": url,
            "name": place.name,
            "telephone": place.phone,
            "address": _without_empty(
                {
                    "@type": "PostalAddress",
                    "streetAddress": address.street,
                    "postalCode": address.postcode,
                    "addressLocality": address.city,
                    "addressRegion": address.region,
                    "addressCountry": address.country,
                }
            ),
            "geo": {"@type": "GeoCoordinates", "latitude": place.latitude, "longitude": place.longitude},
            "openingHoursSpecification": [*_weekly(place), *_alternating(place)],
        }
    )


def _weekly(place: LocationShown) -> list[Data]:
    """Hours of every week, with their first and last day where they have one."""
    return [
        _without_empty(
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": f"{CONTEXT}/{_DAYS[span.weekday]}",
                "opens": span.opens[:5],
                "closes": span.closes[:5],
                "validFrom": span.valid_from.isoformat() if span.valid_from else "",
                "validThrough": span.valid_until.isoformat() if span.valid_until else "",
            }
        )
        for span in place.hours
        if span.weeks is Weeks.EVERY
    ]


def _alternating(place: LocationShown) -> list[Data]:
    """Every other week cannot be said, so such hours stand with their dates of this week and the next."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": f"{CONTEXT}/{_DAYS[span.weekday]}",
            "opens": span.opens[:5],
            "closes": span.closes[:5],
            "validFrom": day.on.isoformat(),
            "validThrough": day.on.isoformat(),
        }
        for day in place.days
        for span in place.hours
        if span.weeks is not Weeks.EVERY and span.holds_on(day.on)
    ]


def _person(person: PractitionerShown) -> Data:
    """Someone who treats, with the credentials whose check holds."""
    names = {kind.code: kind.name for kind in credential_kinds()}
    return _without_empty(
        {
            "@type": "Person",
            "name": person.name,
            "jobTitle": person.title,
            "hasCredential": [
                _without_empty(
                    {
                        "@type": "EducationalOccupationalCredential",
                        "name": names.get(credential.kind, credential.kind),
                        "identifier": credential.number,
                        "credentialCategory": "license",
                        "recognizedBy": {"@type": "Organization", "name": credential.issuer},
                        "validIn": {"@type": "AdministrativeArea", "name": credential.jurisdiction},
                        "validFrom": str(credential.issued_on or ""),
                        "expires": str(credential.expires_on or ""),
                    }
                )
                for credential in person.checked
            ],
        }
    )


def _offer(item: TreatmentShown, clinic_url: str) -> Data:
    """A whole course at its price, and where it is booked or asked about first."""
    asked = item.booking_mode == BookingMode.ASK_FIRST
    money = item.course.price
    places = get_currency_precision(money.currency)
    return {
        "@type": "Offer",
        "url": f"{clinic_url}/ask?treatment_id={item.id}" if asked else f"{clinic_url}/book/{item.id}",
        "price": f"{money.amount / 10**places:.{places}f}",
        "priceCurrency": money.currency,
        "itemOffered": _without_empty(
            {
                "@type": "Service",
                "name": item.name,
                "description": item.description,
                "serviceType": "Microneedling",
            }
        ),
    }


def _rating(rating: RatingView) -> Data | None:
    """The figure that the page shows; nothing where nobody has reviewed."""
    if not rating.count:
        return None
    return {
        "@type": "AggregateRating",
        "ratingValue": round(rating.shrunk, 1),
        "reviewCount": rating.count,
        "bestRating": 5,
        "worstRating": 1,
    }


def _without_empty(data: Data) -> Data:
    return {key: value for key, value in data.items() if value not in (None, "", [], {})}
