-- PostgreSQL: the two tables that grow with every result, in 16 parts by person.
--
-- Run it once, by the owner of the tables, with the gateways stopped (they wait for its locks otherwise):
--     psql "$GATEWAY_DATABASE_URL" -v ON_ERROR_STOP=1 -f partition-by-person.sql
-- The gateway's statements stay as they are: each hot one names the person, so the database looks
-- into one part. A person's rows move to another part when a Patient is linked, inside that transaction.
-- docs/scale.md says when this is worth it.

BEGIN;

-- The doctor's question.
CREATE TABLE parted_result (LIKE index_result INCLUDING DEFAULTS) PARTITION BY HASH (person);
-- The bodies. `rid` is still drawn from its own sequence, which would go with the old table.
ALTER SEQUENCE resource_version_rid_seq OWNED BY NONE;
CREATE TABLE parted_version (LIKE resource_version INCLUDING DEFAULTS) PARTITION BY HASH (person);

DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE index_result_%s PARTITION OF parted_result'
                       ' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE resource_version_%s PARTITION OF parted_version'
                       ' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    END LOOP;
END $$;

INSERT INTO parted_result SELECT * FROM index_result;
INSERT INTO parted_version SELECT * FROM resource_version;
DROP TABLE index_result;
DROP TABLE resource_version;
ALTER TABLE parted_result RENAME TO index_result;
ALTER TABLE parted_version RENAME TO resource_version;
ALTER SEQUENCE resource_version_rid_seq OWNED BY resource_version.rid;

-- A unique key of a partitioned table holds the column it is partitioned by; a version's number and
-- row stay unique all the same, since a resource has one person and row ids come from one sequence.
ALTER TABLE index_result
    ADD CONSTRAINT pk_index_result PRIMARY KEY (person, type, code, system, time, resource_rid),
    ADD CONSTRAINT fk_index_result_resource_rid FOREIGN KEY (resource_rid) REFERENCES resource (rid);
CREATE INDEX ix_index_result_resource ON index_result (resource_rid);
ALTER TABLE resource_version
    ADD CONSTRAINT pk_resource_version PRIMARY KEY (rid, person),
    ADD CONSTRAINT uq_resource_version_resource_rid_vid UNIQUE (resource_rid, vid, person),
    ADD CONSTRAINT fk_resource_version_resource_rid FOREIGN KEY (resource_rid) REFERENCES resource (rid),
    ADD CONSTRAINT fk_resource_version_exchange_rid FOREIGN KEY (exchange_rid) REFERENCES exchange (rid);
CREATE INDEX ix_resource_version_updated ON resource_version (updated);

COMMIT;

ANALYZE index_result;
ANALYZE resource_version;
