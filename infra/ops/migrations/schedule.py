"""Functions of the database that scheduling calls, and the triggers that say when what it keeps is no longer so."""

from __future__ import annotations

from pathlib import Path

_VERSIONS = Path(__file__).parent / "versions"
# Free times depend on these; bookings, blocked times and what is busy elsewhere are read each time.
WATCHED = (
    "clinic",
    "location",
    "location_hours",
    "hours_exception",
    "travel",
    "room",
    "device",
    "practitioner",
    "practitioner_hours",
    "practitioner_exception",
    "credential",
    "treatment",
    "treatment_area",
    "treatment_performer",
)
WATCHED_SINCE_0038 = ("treatment_room",)

# A plan for one list of resources is no better than a plan for any; made each time, it took as long as the reading.
PLANNED_ONCE = """
    ALTER FUNCTION schedule_busy(text, uuid, uuid, uuid[], uuid[], timestamptz, timestamptz, text)
    SET plan_cache_mode TO force_generic_plan
"""
RESOURCES = ("practitioner", "room", "device")
"""Tables of what can be taken for a time."""
_NOTE = "note_schedule_change"
_IN_USE = "CURRENT_USER <> 'needlewise_maintenance'"


def function_statements() -> list[str]:
    """Each function, as it was first written."""
    return (_VERSIONS / "0015_schedule.sql").read_text().strip().removesuffix(";").split(";\n\n")


def hold_statements() -> list[str]:
    """The function that learnt of holds, written anew."""
    return [(_VERSIONS / "0016_holds.sql").read_text().strip().removesuffix(";")]


def busy_elsewhere_statement() -> str:
    """The function that reads what is taken, with what practitioners' own calendars say: in place of the first one."""
    return (_VERSIONS / "0024_busy_elsewhere.sql").read_text().strip().removesuffix(";")


def seen_before_statement() -> str:
    """The same, which says no more than that nothing has changed to who has it."""
    return (_VERSIONS / "0031_seen_before.sql").read_text().strip().removesuffix(";")


def take_statements() -> list[str]:
    """The functions that take time for claims, and an idempotency key."""
    names = ("0046_take_time.sql", "0046_take_key.sql")
    return [(_VERSIONS / name).read_text().strip().removesuffix(";") for name in names]


def resource_statements() -> list[str]:
    """The function that gives each resource its row, and one trigger a table of them."""
    return [
        (_VERSIONS / "0030_resources.sql").read_text().strip().removesuffix(";"),
        *(
            f"CREATE TRIGGER resource_added AFTER INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION add_resource()"
            for name in RESOURCES
        ),
    ]


def trigger_statements() -> list[str]:
    """One trigger a watched table, and those that keep people's time over all clinics.

    What `maintenance` writes in bulk is read by nobody yet, and not noted.
    """
    follow = "FOR EACH ROW WHEN ({row}.person_id IS NOT NULL) EXECUTE FUNCTION follow_person_time()"
    return [
        "CREATE TRIGGER person_time_taken AFTER INSERT ON claim " + follow.format(row="NEW"),
        "CREATE TRIGGER person_time_given_back AFTER DELETE ON claim " + follow.format(row="OLD"),
        (
            "CREATE TRIGGER person_time_changed AFTER UPDATE OF person_id, starts_at, ends_at ON claim "
            "FOR EACH ROW EXECUTE FUNCTION follow_person_time()"
        ),
        *watch_statements(*WATCHED),
    ]


def watch_statements(*names: str) -> list[str]:
    """Two triggers a watched table, which say that what is kept of its clinic is no longer so."""
    return [
        f"CREATE {kind} AFTER INSERT OR UPDATE OR DELETE ON {name} {when}"
        for name in names
        for kind, when in (
            (
                "TRIGGER schedule_touched",
                "FOR EACH STATEMENT EXECUTE FUNCTION touch_schedule()",
            ),
            (
                "CONSTRAINT TRIGGER schedule_changed",
                f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({_IN_USE}) EXECUTE FUNCTION {_NOTE}()",
            ),
        )
    ]
