-- A practitioner, room or device can be taken for a time from the moment it exists: its row here is what bookings
-- lock. Were it made by the first who book, many first ones would wait for each other in a circle.
CREATE FUNCTION add_resource() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO resource (clinic_id, id, resource_kind) VALUES (NEW.clinic_id, NEW.id, TG_TABLE_NAME)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
