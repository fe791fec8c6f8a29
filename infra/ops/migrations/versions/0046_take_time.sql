-- Takes time for claims, or gives false and leaves nothing behind, locks neither: locked in the one order (resources
-- by id, then people by id), looked at again under the locks, laid. All in one call, so that who holds the locks makes
-- no way to the server and back for each step. `elsewhere`: those of the people who work for another clinic too.
CREATE FUNCTION take_time(clinic uuid, people uuid[], wanted jsonb, OUT taken boolean, OUT elsewhere uuid[])
LANGUAGE plpgsql VOLATILE SET plan_cache_mode TO force_generic_plan AS $$
DECLARE
    one claim;
    waited bigint;
BEGIN
    PERFORM r.id FROM resource r
    WHERE r.clinic_id = clinic
      AND r.id = ANY (ARRAY(SELECT w.resource_id FROM jsonb_populate_recordset(NULL::claim, wanted) w))
    ORDER BY r.id FOR NO KEY UPDATE;
    IF cardinality(people) > 0 THEN
        SELECT count(pg_advisory_xact_lock(hashtextextended(person::text, 5))),
               array_agg(person) FILTER (WHERE EXISTS (
                   SELECT FROM membership m WHERE m.account_id = person AND m.clinic_id <> clinic
               ))
        INTO waited, elsewhere
        FROM unnest(people) AS person;
    END IF;
    -- One by one: under row-level security a bound that is worked out from a row of a join is no condition of the index.
    FOR one IN SELECT * FROM jsonb_populate_recordset(NULL::claim, wanted) LOOP
        IF EXISTS (
            SELECT FROM claim c
            WHERE c.clinic_id = clinic AND c.resource_id = one.resource_id
              AND c.starts_at >= one.starts_at - interval '12 hours' AND c.starts_at < one.ends_at
              AND c.ends_at > one.starts_at
        ) THEN
            RAISE exclusion_violation;
        END IF;
    END LOOP;
    INSERT INTO claim (
        clinic_id, id, resource_id, booking_id, blocked_id, hold_id, location_id, person_id, starts_at, ends_at
    )
    SELECT w.clinic_id, w.id, w.resource_id, w.booking_id, w.blocked_id, w.hold_id, w.location_id, w.person_id,
           w.starts_at, w.ends_at
    FROM jsonb_populate_recordset(NULL::claim, wanted) w;
    taken := true;
EXCEPTION WHEN exclusion_violation OR deadlock_detected THEN
    taken := false;
    elsewhere := NULL;
END $$;
