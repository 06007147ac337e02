-- Requests that came with an Idempotency-Key, for a day: what was asked, and what was answered. Of the key its hash is kept, and the answer is sealed by the key itself: only who sent it reads it again.
CREATE TABLE answered_once (
  tenant_no integer NOT NULL,
  key_hash bytea NOT NULL,
  asked_hash bytea NOT NULL,
  begun_at_ms bigint NOT NULL,
  -- Null while it is under way.
  answer bytea,
  PRIMARY KEY (tenant_no, key_hash)
);
CREATE INDEX answered_once_age ON answered_once (tenant_no, begun_at_ms);
