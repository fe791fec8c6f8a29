-- What is taken of a clinic's resources, in one round trip. For a public slug it finds the clinic, and says nothing but
-- the version where that is not the one the caller knows. A hold counts among a day's visits as a booking does.
CREATE OR REPLACE FUNCTION schedule_busy(
    given_slug text, given_clinic uuid, known uuid, wanted uuid[], people uuid[],
    since timestamptz, until timestamptz,
    OUT clinic uuid, OUT version uuid, OUT moved bigint,
    OUT resources uuid[], OUT starts timestamptz[], OUT ends timestamptz[], OUT places uuid[], OUT bookings uuid[]
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('role', 'needlewise_app', true);
    clinic := given_clinic;
    IF given_slug IS NOT NULL THEN
        SELECT s.clinic_id INTO clinic FROM clinic_slug s WHERE s.slug = given_slug AND s.is_public;
    END IF;
    IF clinic IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('app.clinic_id', clinic::text, true), set_config('app.account_id', '', true);
    SELECT o.seconds INTO moved FROM clock_offset o WHERE o.id = 1;
    SELECT v.version INTO version FROM schedule_version v WHERE v.clinic_id = clinic;
    IF given_slug IS NOT NULL AND version IS DISTINCT FROM known THEN
        RETURN;
    END IF;
    SELECT array_agg(c.resource_id), array_agg(c.starts_at), array_agg(c.ends_at), array_agg(c.location_id),
           array_agg(coalesce(c.booking_id, c.hold_id))
    INTO resources, starts, ends, places, bookings
    FROM claim c
    WHERE c.clinic_id = clinic AND c.resource_id = ANY(wanted)
      AND c.starts_at >= since - interval '12 hours' AND c.starts_at < until AND c.ends_at > since;
    IF cardinality(people) > 0 THEN
        SELECT resources || coalesce(array_agg(p.person_id), '{}'), starts || coalesce(array_agg(p.starts_at), '{}'),
               ends || coalesce(array_agg(p.ends_at), '{}')
        INTO resources, starts, ends
        FROM person_busy(people, clinic, since, until) p;
    END IF;
END $$;
