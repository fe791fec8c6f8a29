-- What a clinic's free times depend on, bookings aside. A transaction that changes it is marked at once, so that what
-- it reads of it is kept by nobody.
CREATE FUNCTION touch_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.schedule_touched', 'yes', true);
    RETURN NULL;
END $$;

-- And it gets another version. Deferred, so that the version's row is the last that a transaction waits for: no
-- circle of waiting.
CREATE FUNCTION note_schedule_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := coalesce(NEW.clinic_id, OLD.clinic_id);
BEGIN
    IF current_setting('app.schedule_noted', true) IS DISTINCT FROM changed::text THEN
        PERFORM set_config('app.schedule_noted', changed::text, true);
        INSERT INTO schedule_version (clinic_id, version) SELECT c.clinic_id, gen_random_uuid() FROM clinic c
            WHERE c.clinic_id = changed
            ON CONFLICT (clinic_id) DO UPDATE SET version = excluded.version;
    END IF;
    RETURN NULL;
END $$;

-- A person's time over all clinics follows the claims of the practitioner they are. The table is nobody's but the
-- owner's: what a clinic may know of another's time is that it is taken (person_busy), not by whom or for what.
CREATE FUNCTION follow_person_time() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.person_id IS NOT NULL THEN
        DELETE FROM person_time WHERE claim_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.person_id IS NOT NULL THEN
        INSERT INTO person_time (claim_id, clinic_id, person_id, starts_at, ends_at)
        VALUES (NEW.id, NEW.clinic_id, NEW.person_id, NEW.starts_at, NEW.ends_at);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION person_busy(people uuid[], but_clinic uuid, since timestamptz, until timestamptz)
RETURNS TABLE (person_id uuid, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.person_id, t.starts_at, t.ends_at FROM person_time t
    WHERE t.person_id = ANY(people) AND t.clinic_id <> but_clinic
      AND t.starts_at >= since - interval '12 hours' AND t.starts_at < until AND t.ends_at > since
$$;

-- What is taken of a clinic's resources, in one round trip. For a public slug it finds the clinic, and says nothing but
-- the version where that is not the one the caller knows.
CREATE FUNCTION schedule_busy(
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
           array_agg(c.booking_id)
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

-- The live clinic under a slug, for anyone: takes the role, finds it, in one round trip.
CREATE FUNCTION public_clinic(given_slug text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('role', 'needlewise_app', true);
    RETURN (SELECT s.clinic_id FROM clinic_slug s WHERE s.slug = given_slug AND s.is_public);
END $$;
