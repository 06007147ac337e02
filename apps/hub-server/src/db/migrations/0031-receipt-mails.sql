-- Receipts that go by mail. What they are sealed to: a key of each month, whose private half goes when no mail can wait for it any more.
CREATE TABLE receipt_mail_key (
  tenant_no integer NOT NULL,
  name text NOT NULL,
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  private_key bytea,
  created_at_ms bigint NOT NULL,
  forgotten_at_ms bigint,
  PRIMARY KEY (tenant_no, name),
  CHECK ((private_key IS NULL) = (forgotten_at_ms IS NOT NULL))
);
-- And what became of each. To whom it goes stands sealed in the entry.
CREATE TABLE receipt_mail (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text NOT NULL,
  lane integer NOT NULL,
  receipt_number text NOT NULL,
  asked_at_ms bigint NOT NULL,
  received_at_ms bigint NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  next_at_ms bigint NOT NULL,
  done_at_ms bigint,
  failure text,
  -- What the mail server said last, without any address.
  detail text,
  CHECK ((state = 'waiting') = (done_at_ms IS NULL)),
  CHECK ((state = 'failed') = (failure IS NOT NULL))
);
CREATE INDEX receipt_mail_due ON receipt_mail (tenant_no, next_at_ms) WHERE state = 'waiting';
CREATE INDEX receipt_mail_newest ON receipt_mail (tenant_no, entry_no DESC);
