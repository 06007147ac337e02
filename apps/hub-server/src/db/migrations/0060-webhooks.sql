-- Webhooks: which programs are told of what, and what each was told. A message is made in the transaction that moves the cursor past what it tells, or that does what it tells; it is sent afterwards, at least once.
CREATE TABLE webhook (
  tenant_no integer NOT NULL,
  webhook text NOT NULL,
  url text NOT NULL,
  events jsonb NOT NULL,
  note text NOT NULL,
  is_paused boolean NOT NULL DEFAULT false,
  -- Sealed under the hub's key of secrets. The former one signs beside it until then.
  secret bytea NOT NULL,
  former_secret bytea,
  former_until_ms bigint,
  created_at_ms bigint NOT NULL,
  created_by text NOT NULL,
  PRIMARY KEY (tenant_no, webhook)
);

CREATE TABLE webhook_message (
  tenant_no integer NOT NULL,
  message text NOT NULL,
  webhook text NOT NULL,
  event text NOT NULL,
  at_ms bigint NOT NULL,
  content text NOT NULL,
  state text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  next_at_ms bigint NOT NULL,
  done_at_ms bigint,
  detail text,
  PRIMARY KEY (tenant_no, message)
);
CREATE INDEX webhook_message_due ON webhook_message (tenant_no, webhook, next_at_ms) WHERE state = 'waiting';
CREATE INDEX webhook_message_newest ON webhook_message (tenant_no, at_ms, message);

-- How far ledgers and publications were told; a row stands where there was ever a webhook.
CREATE TABLE webhook_cursor (
  tenant_no integer PRIMARY KEY,
  entry_no bigint NOT NULL,
  lsn bigint NOT NULL
);
