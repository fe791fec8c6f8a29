"""Rules of clinics: roles, the way to publication, slugs, names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from services.clinics import rules
from services.clinics.models import ClinicStatus, Role
from services.kernel.errors import NotAllowed, WrongState

DAILY = {"clinic:read", "bookings:read", "bookings:manage", "clients:read", "clients:manage"}
OWNERS = {"team:manage", "clinic:submit", "clinic:export", "clinic:close"}
MANAGERS = DAILY | {
    "clinic:manage",
    "practitioners:manage",
    "treatments:manage",
    "sessions:record",
    "reviews:reply",
    "audit:read",
}


def test_each_role_has_its_permissions() -> None:
    assert {
        "owner": MANAGERS | OWNERS,
        "manager": MANAGERS,
        "practitioner": DAILY | {"sessions:record"},
        "front_desk": DAILY,
    } == rules.PERMISSIONS
    assert set(rules.PERMISSIONS) == {role.value for role in Role}


def test_a_permission_is_required_by_role() -> None:
    rules.require_permission("owner", "team:manage")
    with pytest.raises(NotAllowed):
        rules.require_permission("manager", "team:manage")
    with pytest.raises(NotAllowed):
        rules.require_permission("nobody", "clinic:read")
    with pytest.raises(ValueError, match="unknown permission clinic:fly"):
        rules.require_permission("owner", "clinic:fly")
    assert not rules.allows("nobody", "clinic:read")


STEPS = {
    "submit": {"draft", "changes_requested"},
    "publish": {"submitted"},
    "request_changes": {"submitted"},
    "reject": {"submitted"},
    "suspend": {"live"},
    "restore": {"suspended", "closed"},
    "close": {"live", "suspended"},
    "remove": {"live", "suspended"},
}


@pytest.mark.parametrize(
    ("role", "permission", "public", "needed"),
    [
        ("owner", "team:manage", True, True),
        ("owner", "clinic:submit", True, True),
        ("owner", "clinic:export", True, True),
        ("owner", "clinic:manage", True, False),
        ("owner", "team:manage", False, False),
        ("manager", "team:manage", True, False),
    ],
)
def test_owners_of_public_clinics_decide_over_people_with_a_second_factor(
    role: str,
    permission: str,
    public: bool,  # noqa: FBT001
    needed: bool,  # noqa: FBT001
) -> None:
    assert rules.wants_second_factor(role, permission, public) is needed


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [status.value for status in ClinicStatus])
def test_a_step_is_open_from_its_states_alone(step: str, status: str) -> None:
    if status in STEPS[step]:
        rules.require_step(status, step)
        return
    with pytest.raises(WrongState) as refusal:
        rules.require_step(status, step)
    assert refusal.value.extra == {"clinic_status": status}
    assert refusal.value.text == f"The clinic is {status.replace('_', ' ')}: that step is not open to it."


@pytest.mark.parametrize("status", [status.value for status in ClinicStatus])
def test_only_a_live_clinic_is_public(status: str) -> None:
    assert rules.is_public(status) is (status == "live")


@pytest.mark.parametrize(
    ("owners", "leaving", "last"),
    [(["a"], "a", True), (["a", "b"], "a", False), (["b"], "a", False), ([], "a", True)],
)
def test_the_last_owner_is_known(owners: list[str], leaving: str, last: bool) -> None:  # noqa: FBT001
    assert rules.last_owner(owners, leaving) is last


@pytest.mark.parametrize(
    ("address", "team", "expected"),
    [
        ("ana@x.test", [("bo@x.test", "owner", "en"), ("ANA@x.test", "front_desk", "es")], "es"),
        ("desk@x.test", [("ana@x.test", "manager", "en"), ("bo@x.test", "owner", "es")], "es"),
        ("desk@x.test", [("bo@x.test", "owner", "es"), ("ana@x.test", "owner", "en")], "es"),
        ("Bo@X.test", [("ana@x.test", "owner", "en"), ("bo@x.test", "owner", "es")], "es"),
        ("desk@x.test", [("ana@x.test", "manager", "es")], "en"),
        ("desk@x.test", [], "en"),
    ],
)
def test_an_address_is_written_to_as_who_has_it_else_as_the_first_owner(
    address: str, team: list[tuple[str, str, str]], expected: str
) -> None:
    assert rules.language_of_address(address, team) == expected


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Linden Skin", "linden-skin"),
        ("  Clínica  Ñandú & Co.  ", "clinica-nandu-co"),
        ("Studio 54!", "studio-54"),
        ("皮膚", "clinic"),
        ("New", "new-clinic"),
        ("Clinics", "clinics-clinic"),
        ("a" * 80, "a" * 60),
        ("a" * 59 + " b", "a" * 59),
    ],
)
def test_a_name_makes_a_slug(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


@pytest.mark.parametrize(
    ("slug", "number", "tried"),
    [
        ("glow", 1, "glow"),
        ("glow", 2, "glow-2"),
        ("glow", 12, "glow-12"),
        ("a" * 60, 1, "a" * 60),
        ("a" * 60, 2, "a" * 58 + "-2"),
        ("a" * 57 + "-bc", 2, "a" * 57 + "-2"),
    ],
)
def test_a_taken_slug_gets_a_number(slug: str, number: int, tried: str) -> None:
    assert rules.slug_try(slug, number) == tried


@pytest.mark.parametrize("status", [status.value for status in ClinicStatus])
def test_edits_are_held_once_a_version_was_approved(status: str) -> None:
    assert rules.holds_edits(status) == (status in {"live", "suspended"})


def test_sensitive_changes_are_told_apart_and_those_that_change_nothing_left_out() -> None:
    present = SimpleNamespace(name="Linden", country="ES", description="Old")
    changes = {"name": "Oak", "country": "ES", "description": "New"}
    assert rules.split_sensitive("clinic", present, changes) == ({"description": "New"}, {"name": "Oak"})
    assert rules.split_sensitive("practitioner", SimpleNamespace(name="A"), {"name": "A", "bio": ""}) == (
        {"bio": ""},
        {},
    )


@pytest.mark.parametrize(
    ("role", "chosen", "of_others", "of_own"),
    [
        ("owner", "", True, True),
        ("manager", "", True, True),
        ("practitioner", "", False, True),
        ("front_desk", "", False, False),
        ("owner", "none", False, False),
        ("owner", "own", False, True),
        ("front_desk", "all", True, True),
        ("practitioner", "all", True, True),
        ("practitioner", "none", False, False),
    ],
)
def test_who_hears_of_bookings_is_the_roles_unless_they_chose(
    role: str, chosen: str, *, of_others: bool, of_own: bool
) -> None:
    assert rules.hears_of_booking(role, chosen, own=False) is of_others
    assert rules.hears_of_booking(role, chosen, own=True) is of_own


@pytest.mark.parametrize(
    ("country", "region", "postcode", "line"),
    [
        ("US", "TX", "78701", "Town, TX 78701"),
        ("US", "TX", "", "Town, TX"),
        ("GB", "", "N1 9GU", "Town N1 9GU"),
        ("GB", "", "", "Town"),
        ("ES", "", "28001", "28001 Town"),
        ("ES", "Madrid", "28001", "28001 Town, Madrid"),
        ("ES", "", "", "Town"),
    ],
)
def test_a_town_is_written_as_its_country_does(country: str, region: str, postcode: str, line: str) -> None:
    assert rules.town_line(country, "Town", region, postcode) == line
