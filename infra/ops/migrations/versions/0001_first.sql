CREATE TABLE outbox (
	clinic_id UUID, 
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	name VARCHAR NOT NULL, 
	payload JSONB NOT NULL, 
	correlation_id VARCHAR NOT NULL, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE TABLE delivery (
	clinic_id UUID, 
	id UUID NOT NULL, 
	event_id BIGINT NOT NULL, 
	event VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	payload JSONB NOT NULL, 
	correlation_id VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	error VARCHAR, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_delivery_event_id_actor UNIQUE (event_id, actor), 
	CONSTRAINT ck_delivery_state_known CHECK (state IN ('pending', 'done', 'dead'))
);

CREATE INDEX ix_delivery_due ON delivery (due_at) WHERE state = 'pending';

CREATE INDEX ix_delivery_dead ON delivery (created_at) WHERE state = 'dead';

CREATE TABLE timer (
	clinic_id UUID, 
	id UUID NOT NULL, 
	kind VARCHAR NOT NULL, 
	subject_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	payload JSONB NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state VARCHAR NOT NULL, 
	CONSTRAINT pk_timer PRIMARY KEY (id), 
	CONSTRAINT uq_timer_kind_subject_id_version UNIQUE (kind, subject_id, version), 
	CONSTRAINT ck_timer_state_known CHECK (state IN ('waiting', 'fired', 'cancelled'))
);

CREATE INDEX ix_timer_subject ON timer (subject_id);

CREATE INDEX ix_timer_due ON timer (due_at) WHERE state = 'waiting';

CREATE TABLE audit_event (
	clinic_id UUID, 
	id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by_kind VARCHAR NOT NULL, 
	by_account_id UUID, 
	by_label VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	subject_kind VARCHAR NOT NULL, 
	subject_id UUID NOT NULL, 
	detail JSONB NOT NULL, 
	correlation_id VARCHAR NOT NULL, 
	CONSTRAINT pk_audit_event PRIMARY KEY (id)
);

CREATE INDEX ix_audit_event_clinic_id_id ON audit_event (clinic_id, id);

CREATE TABLE person_key (
	clinic_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	wrapped BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_person_key PRIMARY KEY (clinic_id, person_id)
);

CREATE TABLE clock_offset (
	id INTEGER NOT NULL, 
	seconds BIGINT NOT NULL, 
	CONSTRAINT pk_clock_offset PRIMARY KEY (id), 
	CONSTRAINT ck_clock_offset_single CHECK (id = 1)
);

CREATE TABLE idempotent_reply (
	key_hash VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	reply BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_idempotent_reply PRIMARY KEY (key_hash)
);

CREATE TABLE account (
	id UUID NOT NULL, 
	email VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	email_verified_at TIMESTAMP WITH TIME ZONE, 
	is_moderator BOOLEAN NOT NULL, 
	totp_secret BYTEA, 
	totp_last_used INTEGER, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_account_email ON account (lower(email));

CREATE TABLE clinic (
	clinic_id UUID NOT NULL, 
	slug VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	currency VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	languages TEXT[] NOT NULL, 
	cancellation_hours INTEGER NOT NULL, 
	late_minutes INTEGER NOT NULL, 
	notice_minutes INTEGER NOT NULL, 
	horizon_days INTEGER NOT NULL, 
	sterilisation_protocol VARCHAR NOT NULL, 
	sterilisation_checked_on DATE, 
	status VARCHAR NOT NULL, 
	changes_requested JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	submitted_at TIMESTAMP WITH TIME ZONE, 
	published_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_clinic PRIMARY KEY (clinic_id), 
	CONSTRAINT ck_clinic_status_known CHECK (status IN ('draft', 'submitted', 'changes_requested', 'live', 'rejected', 'suspended', 'removed')), 
	CONSTRAINT ck_clinic_cancellation_hours_range CHECK (cancellation_hours BETWEEN 0 AND 336), 
	CONSTRAINT ck_clinic_late_minutes_range CHECK (late_minutes BETWEEN 0 AND 120), 
	CONSTRAINT uq_clinic_slug UNIQUE (slug)
);

CREATE TABLE clinic_slug (
	slug VARCHAR NOT NULL, 
	clinic_id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	is_public BOOLEAN NOT NULL, 
	CONSTRAINT pk_clinic_slug PRIMARY KEY (slug)
);

CREATE INDEX ix_clinic_slug_clinic_id ON clinic_slug (clinic_id);

CREATE TABLE booking_reference (
	reference VARCHAR NOT NULL, 
	clinic_id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	CONSTRAINT pk_booking_reference PRIMARY KEY (reference), 
	CONSTRAINT uq_booking_reference_booking_id UNIQUE (booking_id)
);

CREATE TABLE review_figure (
	clinic_id UUID NOT NULL, 
	subject_kind VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	reviews BIGINT NOT NULL, 
	total_sum BIGINT NOT NULL, 
	total_square_sum BIGINT NOT NULL, 
	stars_1 INTEGER NOT NULL, 
	stars_2 INTEGER NOT NULL, 
	stars_3 INTEGER NOT NULL, 
	stars_4 INTEGER NOT NULL, 
	stars_5 INTEGER NOT NULL, 
	result_sum INTEGER NOT NULL, 
	comfort_sum INTEGER NOT NULL, 
	cleanliness_sum INTEGER NOT NULL, 
	explanation_sum INTEGER NOT NULL, 
	value_sum INTEGER NOT NULL, 
	downtime_count INTEGER NOT NULL, 
	downtime_sum INTEGER NOT NULL, 
	CONSTRAINT pk_review_figure PRIMARY KEY (clinic_id, subject_kind, subject), 
	CONSTRAINT ck_review_figure_subject_kind_known CHECK (subject_kind IN ('clinic', 'location', 'practitioner', 'treatment', 'concern', 'stage'))
);

CREATE TABLE notice (
	clinic_id UUID, 
	id UUID NOT NULL, 
	notice_kind VARCHAR NOT NULL, 
	subject_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	recipient VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	text_body VARCHAR NOT NULL, 
	html_body VARCHAR NOT NULL, 
	attachments JSONB NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	error VARCHAR, 
	CONSTRAINT pk_notice PRIMARY KEY (id), 
	CONSTRAINT uq_notice_subject_id_notice_kind_version UNIQUE (subject_id, notice_kind, version), 
	CONSTRAINT ck_notice_state_known CHECK (state IN ('queued', 'inflight', 'sent', 'failed'))
);

CREATE INDEX ix_notice_recipient ON notice (recipient);

CREATE INDEX ix_notice_sent_at ON notice (sent_at);

CREATE TABLE listing (
	location_id UUID NOT NULL, 
	clinic_id UUID NOT NULL, 
	slug VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	city VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	latitude FLOAT NOT NULL, 
	longitude FLOAT NOT NULL, 
	time_zone VARCHAR NOT NULL, 
	concerns TEXT[] NOT NULL, 
	areas TEXT[] NOT NULL, 
	modalities TEXT[] NOT NULL, 
	credentials TEXT[] NOT NULL, 
	languages TEXT[] NOT NULL, 
	course_price BIGINT, 
	course_currency VARCHAR, 
	course_sessions INTEGER, 
	course_weeks INTEGER, 
	rating_count INTEGER NOT NULL, 
	rating_mean FLOAT, 
	rating_shrunk FLOAT NOT NULL, 
	rating_low FLOAT NOT NULL, 
	rating_high FLOAT NOT NULL, 
	credentials_verified INTEGER NOT NULL, 
	next_free_at TIMESTAMP WITH TIME ZONE, 
	words VARCHAR NOT NULL, 
	card JSONB NOT NULL, 
	built_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_listing PRIMARY KEY (location_id)
);

CREATE INDEX ix_listing_clinic_id ON listing (clinic_id);

CREATE INDEX ix_listing_course_price ON listing (course_currency, course_price, location_id);

CREATE INDEX ix_listing_concerns ON listing USING gin (concerns);

CREATE INDEX ix_listing_place ON listing (latitude, longitude);

CREATE INDEX ix_listing_slug ON listing (slug);

CREATE INDEX ix_listing_rating ON listing (rating_shrunk, location_id);

CREATE INDEX ix_listing_next_free ON listing (next_free_at, location_id);

CREATE INDEX ix_listing_words ON listing USING gin (words gin_trgm_ops);

CREATE TABLE moderation_case (
	clinic_id UUID, 
	id UUID NOT NULL, 
	case_kind VARCHAR NOT NULL, 
	subject_id UUID NOT NULL, 
	title VARCHAR NOT NULL, 
	detail JSONB NOT NULL, 
	state VARCHAR NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	promised_by TIMESTAMP WITH TIME ZONE NOT NULL, 
	claimed_by UUID, 
	claimed_at TIMESTAMP WITH TIME ZONE, 
	decision VARCHAR, 
	reason VARCHAR, 
	message VARCHAR, 
	decided_by UUID, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_moderation_case PRIMARY KEY (id), 
	CONSTRAINT ck_moderation_case_case_kind_known CHECK (case_kind IN ('new_listing', 'public_report')), 
	CONSTRAINT ck_moderation_case_state_known CHECK (state IN ('open', 'claimed', 'decided')), 
	CONSTRAINT ck_moderation_case_decision_known CHECK (decision IN ('approve', 'request_changes', 'reject', 'suspend', 'restore', 'remove', 'dismiss'))
);

CREATE UNIQUE INDEX uq_moderation_case_open_listing ON moderation_case (subject_id) WHERE state <> 'decided' AND case_kind = 'new_listing';

CREATE INDEX ix_moderation_case_queue ON moderation_case (state, promised_by, id);

CREATE TABLE sign_in (
	token_hash VARCHAR NOT NULL, 
	account_id UUID NOT NULL, 
	kind VARCHAR NOT NULL, 
	second_factor BOOLEAN NOT NULL, 
	user_agent VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_sign_in PRIMARY KEY (token_hash), 
	CONSTRAINT ck_sign_in_kind_known CHECK (kind IN ('session', 'api')), 
	CONSTRAINT fk_sign_in_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_sign_in_account_id ON sign_in (account_id);

CREATE TABLE membership (
	id UUID NOT NULL, 
	account_id UUID NOT NULL, 
	clinic_id UUID NOT NULL, 
	role VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_membership PRIMARY KEY (id), 
	CONSTRAINT ck_membership_role_known CHECK (role IN ('owner', 'manager', 'practitioner', 'front_desk')), 
	CONSTRAINT uq_membership_clinic_id_account_id UNIQUE (clinic_id, account_id), 
	CONSTRAINT fk_membership_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_membership_account_id ON membership (account_id);

CREATE TABLE location (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	street VARCHAR NOT NULL, 
	city VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	postcode VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	latitude FLOAT NOT NULL, 
	longitude FLOAT NOT NULL, 
	time_zone VARCHAR NOT NULL, 
	phone VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_location PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_location_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (clinic_id), 
	CONSTRAINT ck_location_on_earth CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)
);

CREATE TABLE client (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	account_id UUID, 
	name VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	phone VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_client PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_client_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (clinic_id)
);

CREATE INDEX ix_client_account_id ON client (account_id);

CREATE UNIQUE INDEX uq_client_email ON client (clinic_id, lower(email));

CREATE TABLE practitioner (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	bio VARCHAR NOT NULL, 
	account_id UUID, 
	needling_since_year INTEGER, 
	sessions_before INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_practitioner PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_practitioner_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (clinic_id), 
	CONSTRAINT ck_practitioner_sessions_before_positive CHECK (sessions_before >= 0), 
	CONSTRAINT ck_practitioner_since_year_range CHECK (needling_since_year BETWEEN 1990 AND 2100)
);

CREATE TABLE resource (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	resource_kind VARCHAR NOT NULL, 
	CONSTRAINT pk_resource PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_resource_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (clinic_id), 
	CONSTRAINT ck_resource_resource_kind_known CHECK (resource_kind IN ('practitioner', 'room', 'device'))
);

CREATE TABLE location_hours (
	clinic_id UUID NOT NULL, 
	location_id UUID NOT NULL, 
	weekday INTEGER NOT NULL, 
	opens TIME WITHOUT TIME ZONE NOT NULL, 
	closes TIME WITHOUT TIME ZONE NOT NULL, 
	CONSTRAINT pk_location_hours PRIMARY KEY (clinic_id, location_id, weekday, opens), 
	CONSTRAINT fk_location_hours_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id) ON DELETE CASCADE, 
	CONSTRAINT ck_location_hours_weekday_range CHECK (weekday BETWEEN 0 AND 6), 
	CONSTRAINT ck_location_hours_opens_before_closes CHECK (opens < closes)
);

CREATE TABLE room (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	location_id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_room PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_room_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id)
);

CREATE TABLE device (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	location_id UUID NOT NULL, 
	maker VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	modality VARCHAR NOT NULL, 
	clearance VARCHAR NOT NULL, 
	single_use_cartridges BOOLEAN NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_device PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_device_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id)
);

CREATE TABLE practitioner_hours (
	clinic_id UUID NOT NULL, 
	practitioner_id UUID NOT NULL, 
	location_id UUID NOT NULL, 
	weekday INTEGER NOT NULL, 
	opens TIME WITHOUT TIME ZONE NOT NULL, 
	closes TIME WITHOUT TIME ZONE NOT NULL, 
	CONSTRAINT pk_practitioner_hours PRIMARY KEY (clinic_id, practitioner_id, location_id, weekday, opens), 
	CONSTRAINT fk_practitioner_hours_clinic_id_practitioner_id FOREIGN KEY(clinic_id, practitioner_id) REFERENCES practitioner (clinic_id, id) ON DELETE CASCADE, 
	CONSTRAINT fk_practitioner_hours_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id), 
	CONSTRAINT ck_practitioner_hours_weekday_range CHECK (weekday BETWEEN 0 AND 6), 
	CONSTRAINT ck_practitioner_hours_opens_before_closes CHECK (opens < closes)
);

CREATE TABLE credential (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	practitioner_id UUID NOT NULL, 
	credential_kind VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	issuer VARCHAR NOT NULL, 
	jurisdiction VARCHAR NOT NULL, 
	issued_on DATE, 
	expires_on DATE, 
	state VARCHAR NOT NULL, 
	verified_by UUID, 
	verified_at TIMESTAMP WITH TIME ZONE, 
	verified_against VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_credential PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_credential_clinic_id_practitioner_id FOREIGN KEY(clinic_id, practitioner_id) REFERENCES practitioner (clinic_id, id) ON DELETE CASCADE, 
	CONSTRAINT ck_credential_state_known CHECK (state IN ('unverified', 'verified', 'rejected', 'lapsed')), 
	CONSTRAINT uq_credential_clinic_id_practitioner_id_credential_kind_number UNIQUE (clinic_id, practitioner_id, credential_kind, number), 
	CONSTRAINT ck_credential_dates_in_order CHECK (expires_on IS NULL OR issued_on IS NULL OR issued_on < expires_on)
);

CREATE TABLE screening_answer (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	question_set VARCHAR NOT NULL, 
	answers BYTEA NOT NULL, 
	outcome VARCHAR NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_screening_answer PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_screening_answer_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id), 
	CONSTRAINT ck_screening_answer_outcome_known CHECK (outcome IN ('clear', 'ask_clinician', 'not_now'))
);

CREATE INDEX ix_screening_answer_client ON screening_answer (clinic_id, client_id, answered_at);

CREATE TABLE consent (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	purpose VARCHAR NOT NULL, 
	text_version VARCHAR NOT NULL, 
	signed_name BYTEA NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_consent PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_consent_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id)
);

CREATE INDEX ix_consent_client ON consent (clinic_id, client_id, signed_at);

CREATE TABLE evidence (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	credential_id UUID NOT NULL, 
	filename VARCHAR NOT NULL, 
	content_type VARCHAR NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	storage_key VARCHAR NOT NULL, 
	uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_evidence PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_evidence_clinic_id_credential_id FOREIGN KEY(clinic_id, credential_id) REFERENCES credential (clinic_id, id) ON DELETE CASCADE
);

CREATE TABLE treatment (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	modality VARCHAR NOT NULL, 
	concerns TEXT[] NOT NULL, 
	device_id UUID NOT NULL, 
	booking_mode VARCHAR NOT NULL, 
	preparation_minutes INTEGER NOT NULL, 
	numbing_minutes INTEGER NOT NULL, 
	finish_minutes INTEGER NOT NULL, 
	downtime_days INTEGER NOT NULL, 
	course_sessions INTEGER NOT NULL, 
	min_days INTEGER NOT NULL, 
	target_days INTEGER NOT NULL, 
	max_days INTEGER NOT NULL, 
	course_price INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_treatment PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_treatment_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (clinic_id), 
	CONSTRAINT fk_treatment_clinic_id_device_id FOREIGN KEY(clinic_id, device_id) REFERENCES device (clinic_id, id), 
	CONSTRAINT ck_treatment_booking_mode_known CHECK (booking_mode IN ('instant', 'request', 'ask_first')), 
	CONSTRAINT ck_treatment_preparation_range CHECK (preparation_minutes BETWEEN 0 AND 120), 
	CONSTRAINT ck_treatment_numbing_range CHECK (numbing_minutes BETWEEN 0 AND 120), 
	CONSTRAINT ck_treatment_finish_range CHECK (finish_minutes BETWEEN 0 AND 120), 
	CONSTRAINT ck_treatment_course_sessions_range CHECK (course_sessions BETWEEN 1 AND 12), 
	CONSTRAINT ck_treatment_interval_order CHECK (min_days > 0 AND min_days <= target_days AND target_days <= max_days), 
	CONSTRAINT ck_treatment_course_price_positive CHECK (course_price >= 0), 
	CONSTRAINT ck_treatment_downtime_range CHECK (downtime_days BETWEEN 0 AND 30)
);

CREATE TABLE treatment_area (
	clinic_id UUID NOT NULL, 
	treatment_id UUID NOT NULL, 
	area VARCHAR NOT NULL, 
	minutes INTEGER NOT NULL, 
	price INTEGER NOT NULL, 
	CONSTRAINT pk_treatment_area PRIMARY KEY (clinic_id, treatment_id, area), 
	CONSTRAINT fk_treatment_area_clinic_id_treatment_id FOREIGN KEY(clinic_id, treatment_id) REFERENCES treatment (clinic_id, id) ON DELETE CASCADE, 
	CONSTRAINT ck_treatment_area_minutes_range CHECK (minutes BETWEEN 5 AND 180), 
	CONSTRAINT ck_treatment_area_price_positive CHECK (price >= 0)
);

CREATE TABLE booking (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	reference VARCHAR NOT NULL, 
	group_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	client_id UUID NOT NULL, 
	account_id UUID, 
	treatment_id UUID NOT NULL, 
	area VARCHAR NOT NULL, 
	location_id UUID NOT NULL, 
	practitioner_id UUID NOT NULL, 
	room_id UUID NOT NULL, 
	device_id UUID NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	price INTEGER NOT NULL, 
	currency VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	answer_by TIMESTAMP WITH TIME ZONE, 
	cancelled_by VARCHAR NOT NULL, 
	cancel_reason VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_booking PRIMARY KEY (clinic_id, id), 
	CONSTRAINT ck_booking_status_known CHECK (status IN ('requested', 'held', 'confirmed', 'arrived', 'completed', 'no_show', 'cancelled', 'declined', 'expired')), 
	CONSTRAINT fk_booking_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id), 
	CONSTRAINT fk_booking_clinic_id_treatment_id FOREIGN KEY(clinic_id, treatment_id) REFERENCES treatment (clinic_id, id), 
	CONSTRAINT fk_booking_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id), 
	CONSTRAINT fk_booking_clinic_id_practitioner_id FOREIGN KEY(clinic_id, practitioner_id) REFERENCES practitioner (clinic_id, id), 
	CONSTRAINT fk_booking_clinic_id_room_id FOREIGN KEY(clinic_id, room_id) REFERENCES room (clinic_id, id), 
	CONSTRAINT fk_booking_clinic_id_device_id FOREIGN KEY(clinic_id, device_id) REFERENCES device (clinic_id, id), 
	CONSTRAINT ck_booking_starts_before_ends CHECK (starts_at < ends_at), 
	CONSTRAINT ck_booking_price_positive CHECK (price >= 0), 
	CONSTRAINT uq_booking_reference UNIQUE (reference)
);

CREATE INDEX ix_booking_account_id ON booking (account_id);

CREATE INDEX ix_booking_group ON booking (clinic_id, group_id);

CREATE INDEX ix_booking_client ON booking (clinic_id, client_id);

CREATE INDEX ix_booking_clinic_starts ON booking (clinic_id, starts_at);

CREATE TABLE course (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	treatment_id UUID NOT NULL, 
	area VARCHAR NOT NULL, 
	sessions INTEGER NOT NULL, 
	min_days INTEGER NOT NULL, 
	target_days INTEGER NOT NULL, 
	max_days INTEGER NOT NULL, 
	price INTEGER NOT NULL, 
	currency VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_course PRIMARY KEY (clinic_id, id), 
	CONSTRAINT ck_course_status_known CHECK (status IN ('booked', 'in_progress', 'completed', 'cancelled')), 
	CONSTRAINT fk_course_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id), 
	CONSTRAINT fk_course_clinic_id_treatment_id FOREIGN KEY(clinic_id, treatment_id) REFERENCES treatment (clinic_id, id), 
	CONSTRAINT ck_course_sessions_range CHECK (sessions BETWEEN 1 AND 12), 
	CONSTRAINT ck_course_interval_order CHECK (min_days > 0 AND min_days <= target_days AND target_days <= max_days)
);

CREATE TABLE claim (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	resource_id UUID NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	during TSTZRANGE GENERATED ALWAYS AS (tstzrange(starts_at, ends_at, '[)')) STORED NOT NULL, 
	CONSTRAINT pk_claim PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_claim_clinic_id_booking_id FOREIGN KEY(clinic_id, booking_id) REFERENCES booking (clinic_id, id) ON DELETE CASCADE, 
	CONSTRAINT fk_claim_clinic_id_resource_id FOREIGN KEY(clinic_id, resource_id) REFERENCES resource (clinic_id, id), 
	CONSTRAINT ck_claim_starts_before_ends CHECK (starts_at < ends_at), 
	CONSTRAINT ck_claim_not_too_long CHECK (ends_at - starts_at <= interval '12 hours'), 
	CONSTRAINT no_double_booking EXCLUDE USING gist (clinic_id WITH =, resource_id WITH =, during WITH &&)
);

CREATE INDEX ix_claim_booking ON claim (clinic_id, booking_id);

CREATE INDEX ix_claim_resource_starts ON claim (clinic_id, resource_id, starts_at) INCLUDE (ends_at, booking_id);

CREATE TABLE session_record (
	clinic_id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	areas TEXT[] NOT NULL, 
	depth_mm NUMERIC(3, 2) NOT NULL, 
	lot VARCHAR NOT NULL, 
	topicals TEXT[] NOT NULL, 
	notes BYTEA, 
	recorded_by UUID, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_session_record PRIMARY KEY (clinic_id, booking_id), 
	CONSTRAINT fk_session_record_clinic_id_booking_id FOREIGN KEY(clinic_id, booking_id) REFERENCES booking (clinic_id, id), 
	CONSTRAINT ck_session_record_depth_range CHECK (depth_mm BETWEEN 0 AND 3.5)
);

CREATE INDEX ix_session_record_lot ON session_record (clinic_id, lot);

CREATE TABLE check_in (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	day INTEGER NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	answers BYTEA, 
	red_flag BOOLEAN NOT NULL, 
	downtime_days INTEGER, 
	discomfort INTEGER, 
	CONSTRAINT pk_check_in PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_check_in_clinic_id_booking_id FOREIGN KEY(clinic_id, booking_id) REFERENCES booking (clinic_id, id), 
	CONSTRAINT fk_check_in_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id), 
	CONSTRAINT uq_check_in_clinic_id_booking_id_day UNIQUE (clinic_id, booking_id, day)
);

CREATE TABLE review_invitation (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	client_id UUID NOT NULL, 
	stage VARCHAR NOT NULL, 
	invited_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_review_invitation PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_review_invitation_clinic_id_booking_id FOREIGN KEY(clinic_id, booking_id) REFERENCES booking (clinic_id, id), 
	CONSTRAINT fk_review_invitation_clinic_id_client_id FOREIGN KEY(clinic_id, client_id) REFERENCES client (clinic_id, id), 
	CONSTRAINT uq_review_invitation_clinic_id_booking_id_stage UNIQUE (clinic_id, booking_id, stage), 
	CONSTRAINT ck_review_invitation_stage_known CHECK (stage IN ('session', 'course_end', 'three_months'))
);

CREATE TABLE review (
	clinic_id UUID NOT NULL, 
	id UUID NOT NULL, 
	invitation_id UUID NOT NULL, 
	booking_id UUID NOT NULL, 
	practitioner_id UUID NOT NULL, 
	treatment_id UUID NOT NULL, 
	location_id UUID NOT NULL, 
	stage VARCHAR NOT NULL, 
	concern VARCHAR, 
	author VARCHAR NOT NULL, 
	result INTEGER NOT NULL, 
	comfort INTEGER NOT NULL, 
	cleanliness INTEGER NOT NULL, 
	explanation INTEGER NOT NULL, 
	value INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	downtime_days INTEGER, 
	body VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	counted_at TIMESTAMP WITH TIME ZONE, 
	reply VARCHAR, 
	replied_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_review PRIMARY KEY (clinic_id, id), 
	CONSTRAINT fk_review_clinic_id_invitation_id FOREIGN KEY(clinic_id, invitation_id) REFERENCES review_invitation (clinic_id, id), 
	CONSTRAINT fk_review_clinic_id_booking_id FOREIGN KEY(clinic_id, booking_id) REFERENCES booking (clinic_id, id), 
	CONSTRAINT fk_review_clinic_id_practitioner_id FOREIGN KEY(clinic_id, practitioner_id) REFERENCES practitioner (clinic_id, id), 
	CONSTRAINT fk_review_clinic_id_treatment_id FOREIGN KEY(clinic_id, treatment_id) REFERENCES treatment (clinic_id, id), 
	CONSTRAINT fk_review_clinic_id_location_id FOREIGN KEY(clinic_id, location_id) REFERENCES location (clinic_id, id), 
	CONSTRAINT uq_review_clinic_id_invitation_id UNIQUE (clinic_id, invitation_id), 
	CONSTRAINT ck_review_stage_known CHECK (stage IN ('session', 'course_end', 'three_months')), 
	CONSTRAINT ck_review_state_known CHECK (state IN ('published', 'removed')), 
	CONSTRAINT ck_review_ratings_range CHECK (result BETWEEN 1 AND 5 AND comfort BETWEEN 1 AND 5 AND cleanliness BETWEEN 1 AND 5 AND explanation BETWEEN 1 AND 5 AND value BETWEEN 1 AND 5), 
	CONSTRAINT ck_review_downtime_range CHECK (downtime_days BETWEEN 0 AND 60)
);

CREATE INDEX ix_review_clinic_created ON review (clinic_id, created_at, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON "account" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "account" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, INSERT ON "audit_event" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "audit_event" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "audit_event" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "audit_event" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "audit_event" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "booking_reference" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "booking_reference" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, INSERT, UPDATE, DELETE ON "clinic" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "clinic" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "clinic" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "clinic" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "clinic" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "clinic_slug" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "clinic_slug" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT ON "clock_offset" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "clock_offset" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, UPDATE ON "delivery" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "delivery" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "delivery" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "delivery" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "delivery" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotent_reply" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotent_reply" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT ON "listing" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "listing" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, INSERT, UPDATE, DELETE ON "moderation_case" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "moderation_case" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "moderation_case" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "moderation_case" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "moderation_case" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "notice" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "notice" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "notice" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "notice" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "notice" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT INSERT ON "outbox" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "outbox" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "outbox" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "person_key" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "person_key" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "person_key" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "person_key" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "person_key" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "review_figure" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "review_figure" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "review_figure" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "review_figure" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "review_figure" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "timer" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "timer" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "timer" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "timer" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "timer" TO needlewise_app USING (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id IS NOT DISTINCT FROM nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "client" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "client" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "client" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "client" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "client" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

CREATE POLICY own_rows ON "client" FOR SELECT TO needlewise_app USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "location" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "location" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "location" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "location" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "location" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "membership" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "membership" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, INSERT, UPDATE, DELETE ON "practitioner" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "practitioner" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "practitioner" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "practitioner" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "practitioner" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "resource" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "resource" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "resource" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "resource" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "resource" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "sign_in" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "sign_in" TO needlewise_platform, needlewise_maintenance;

GRANT SELECT, INSERT ON "consent" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "consent" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "consent" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "consent" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "consent" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "credential" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "credential" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "credential" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "credential" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "credential" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "device" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "device" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "device" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "device" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "device" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "location_hours" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "location_hours" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "location_hours" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "location_hours" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "location_hours" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "practitioner_hours" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "practitioner_hours" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "practitioner_hours" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "practitioner_hours" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "practitioner_hours" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "room" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "room" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "room" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "room" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "room" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT ON "screening_answer" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "screening_answer" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "screening_answer" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "screening_answer" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "screening_answer" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "evidence" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "evidence" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "evidence" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "evidence" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "evidence" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "treatment" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "treatment" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "treatment" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "treatment" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "treatment" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "booking" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "booking" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "booking" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "booking" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "booking" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

CREATE POLICY own_rows ON "booking" FOR SELECT TO needlewise_app USING (account_id = nullif(current_setting('app.account_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "course" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "course" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "course" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "course" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "course" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "treatment_area" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "treatment_area" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "treatment_area" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "treatment_area" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "treatment_area" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "check_in" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "check_in" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "check_in" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "check_in" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "check_in" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "claim" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "claim" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "claim" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "claim" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "claim" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "review_invitation" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "review_invitation" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "review_invitation" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "review_invitation" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "review_invitation" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "session_record" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "session_record" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "session_record" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "session_record" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "session_record" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON "review" TO needlewise_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON "review" TO needlewise_platform, needlewise_maintenance;

ALTER TABLE "review" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "review" FORCE ROW LEVEL SECURITY;

CREATE POLICY clinic ON "review" TO needlewise_app USING (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid) WITH CHECK (clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid);

INSERT INTO clock_offset (id, seconds) VALUES (1, 0) ON CONFLICT DO NOTHING;

GRANT SELECT ON clock_offset TO PUBLIC;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END $$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
