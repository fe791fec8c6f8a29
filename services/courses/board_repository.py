"""The SQL of the board: which open course is how urgent, for all of a clinic at once.

It says of many courses what `state_rules` and `window_of` say of one; tests hold the two against each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text

from services.courses.state_rules import AHEAD, AT_RISK_AFTER
from services.kernel.work import ClinicWork
from services.scheduling.status_rules import STANDING

_BOARD = text(
    """
    WITH open_course AS MATERIALIZED (
        SELECT c.id, c.min_days, c.max_days, s.standing, s.following,
               (CAST(:now AS timestamptz) AT TIME ZONE s.zone)::date AS today,
               (CAST(:now AS timestamptz) AT TIME ZONE s.zone)::date < c.paused_until IS TRUE AS paused,
               (SELECT min(p) FROM generate_series(1, c.sessions) p WHERE p <> ALL (s.standing)) AS missing
        FROM course c
        JOIN client k ON k.clinic_id = c.clinic_id AND k.id = c.client_id
        CROSS JOIN LATERAL (
            SELECT coalesce(min(l.time_zone), 'UTC') AS zone,
                   count(DISTINCT b.position) FILTER (WHERE b.status = 'completed') AS done,
                   min(b.starts_at) FILTER (WHERE b.status = ANY (:ahead)) AS following,
                   coalesce(array_agg(b.position) FILTER (WHERE b.status = ANY (:standing)), '{}') AS standing
            FROM booking b JOIN location l ON l.clinic_id = b.clinic_id AND l.id = b.location_id
            WHERE b.clinic_id = c.clinic_id AND b.group_id = c.id
        ) s
        WHERE c.clinic_id = :clinic AND c.stopped_at IS NULL AND c.status <> 'cancelled'
          AND s.done < c.sessions AND (s.done > 0 OR s.following IS NOT NULL)
          AND strpos(lower(k.name), lower(CAST(:name AS text))) > 0
    ), placed AS (
        SELECT o.*, w.*
        FROM open_course o
        CROSS JOIN LATERAL (SELECT min(p) AS next FROM unnest(o.standing) p WHERE p > o.missing) n
        CROSS JOIN LATERAL (
            SELECT greatest(max(day) FILTER (WHERE position = missing - 1) + min_days,
                            max(day) FILTER (WHERE position = next) - (next - missing) * max_days) AS from_on,
                   least(max(day) FILTER (WHERE position = missing - 1) + max_days,
                         max(day) FILTER (WHERE position = next) - (next - missing) * min_days) AS to_on,
                   bool_or(position = missing AND status = 'no_show') AS missed
            FROM (
                SELECT b.position, b.status,
                       CASE WHEN b.status = ANY (:standing)
                            THEN (b.starts_at AT TIME ZONE l.time_zone)::date END AS day
                FROM booking b JOIN location l ON l.clinic_id = b.clinic_id AND l.id = b.location_id
                WHERE b.clinic_id = :clinic AND b.group_id = o.id AND o.missing IS NOT NULL
            ) session
        ) w
    ), judged AS (
        SELECT id, following, to_on, paused,
               CASE WHEN missing IS NULL OR paused OR today < from_on THEN NULL
                    WHEN missed OR today > to_on + CAST(:at_risk_after AS int) THEN 'at_risk'
                    WHEN today > to_on THEN 'overdue'
                    ELSE 'due' END AS due
        FROM placed
    )
    SELECT count(*) AS open, count(*) FILTER (WHERE paused) AS paused,
           count(*) FILTER (WHERE due = 'due') AS due, count(*) FILTER (WHERE due = 'overdue') AS overdue,
           count(*) FILTER (WHERE due = 'at_risk') AS at_risk,
           ARRAY(
               SELECT id FROM judged
               WHERE CASE CAST(:shown AS text) WHEN 'open' THEN true WHEN 'paused' THEN paused ELSE due = :shown END
               ORDER BY array_position(ARRAY['at_risk', 'overdue', 'due'], due),
                        CASE WHEN due IS NOT NULL THEN to_on END,
                        CASE WHEN due IS NULL THEN following END, id DESC
               LIMIT :limit OFFSET :begin
           ) AS ids
    FROM judged
    """
)


async def judge_courses(work: ClinicWork, name: str, shown: str, begin: int, limit: int) -> Row[Any]:
    """How many open courses there are of each kind, of clients whose name holds `name`; the ids of some of one kind.

    `shown` is a kind: open (all), paused, or what is due. In order of urgency, from the one numbered `begin` on.
    """
    found = await work.row(
        _BOARD,
        {
            "clinic": work.scope.clinic_id,
            "now": work.now,
            "name": name,
            "shown": shown,
            "begin": begin,
            "limit": limit,
            "ahead": sorted(AHEAD),
            "standing": sorted(STANDING),
            "at_risk_after": AT_RISK_AFTER.days,
        },
    )
    if found is None:
        raise LookupError("sums are always one row")
    return found
