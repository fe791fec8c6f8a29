-- The same as before, and a digest of what is taken for who gives the last one they have seen (anything, the first
-- time): where it is the same, it is not sent again.
CREATE FUNCTION schedule_busy(
    given_slug text, given_clinic uuid, known uuid, wanted uuid[], people uuid[],
    since timestamptz, until timestamptz, seen text,
    OUT clinic uuid, OUT version uuid, OUT moved bigint, OUT digest text,
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
    SELECT array_agg(t.resource_id), array_agg(t.starts_at), array_agg(t.ends_at), array_agg(t.location_id),
           array_agg(t.booking_id)
    INTO resources, starts, ends, places, bookings
    FROM (
        SELECT c.resource_id, c.starts_at, c.ends_at, c.location_id, coalesce(c.booking_id, c.hold_id) AS booking_id
        FROM claim c
        WHERE c.clinic_id = clinic AND c.resource_id = ANY(wanted)
          AND c.starts_at >= since - interval '12 hours' AND c.starts_at < until AND c.ends_at > since
        UNION ALL
        SELECT e.practitioner_id, e.starts_at, e.ends_at, NULL, '00000000-0000-0000-0000-000000000000'
        FROM external_busy e
        WHERE e.clinic_id = clinic AND e.practitioner_id = ANY(wanted)
          AND e.starts_at >= since - interval '12 hours' AND e.starts_at < until AND e.ends_at > since
    ) t;
    IF cardinality(people) > 0 THEN
        SELECT resources || coalesce(array_agg(p.person_id), '{}'), starts || coalesce(array_agg(p.starts_at), '{}'),
               ends || coalesce(array_agg(p.ends_at), '{}')
        INTO resources, starts, ends
        FROM person_busy(people, clinic, since, until) p;
    END IF;
    IF seen IS NOT NULL THEN
        digest := concat_ws(' ', hash_array_extended(resources, 31), hash_array_extended(starts, 31),
            hash_array_extended(ends, 31), hash_array_extended(places, 31), hash_array_extended(bookings, 31));
        IF digest = seen THEN
            resources := NULL; starts := NULL; ends := NULL; places := NULL; bookings := NULL;
        END IF;
    END IF;
END $$;
