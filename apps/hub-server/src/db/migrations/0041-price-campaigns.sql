-- Prices that are written by several people, looked at by another one, and published as one. What each state is and how it is left: `prices/campaigns.ts`.
CREATE TABLE price_campaign (
  tenant_no integer NOT NULL,
  campaign_no bigint NOT NULL,
  name text NOT NULL,
  state text NOT NULL,
  -- Counts what was written of it, lines too: a line has that of its last writing.
  version bigint NOT NULL,
  created_by text NOT NULL,
  submitted_by text,
  submitted_at_ms bigint,
  approved_by text,
  approved_at_ms bigint,
  -- Why it was sent back, or dropped.
  note text,
  -- The publication that it became.
  lsn bigint,
  changed_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, campaign_no)
);

CREATE TABLE price_campaign_line (
  tenant_no integer NOT NULL,
  campaign_no bigint NOT NULL,
  line text COLLATE "C" NOT NULL,
  -- Null: it was taken out.
  content jsonb,
  version bigint NOT NULL,
  by_whom text NOT NULL,
  at_ms bigint NOT NULL,
  -- What somebody else wrote and its last writer had not seen: {content, by, atMs}. Null: nothing.
  overtaken jsonb,
  PRIMARY KEY (tenant_no, campaign_no, line)
);
