-- Takes an idempotency key for this transaction, and gives what was answered under it before: read after the lock, so
-- whoever had it a moment ago has left their answer.
CREATE FUNCTION take_key(given text, OUT taken boolean, OUT fingerprint text, OUT status integer, OUT reply bytea)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    taken := pg_try_advisory_xact_lock(hashtextextended(given, 7));
    IF taken THEN
        SELECT r.fingerprint, r.status, r.reply INTO fingerprint, status, reply
        FROM idempotent_reply r WHERE r.key_hash = given;
    END IF;
END $$;
