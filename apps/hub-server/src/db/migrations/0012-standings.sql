-- What limits of promotions ask for: uses and discounts of each device, of all customers together (an empty one) and of each. What was told to lanes stands
-- beside it, so that what is still to be told is seen after a restart, too.
CREATE TABLE promotion_use (
  tenant_no integer NOT NULL,
  promotion_id text COLLATE "C" NOT NULL,
  customer text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  uses numeric NOT NULL,
  discount_minor numeric NOT NULL,
  told_uses numeric NOT NULL DEFAULT 0,
  told_discount_minor numeric NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_no, promotion_id, customer, device)
);
CREATE INDEX promotion_use_untold ON promotion_use (tenant_no, promotion_id) WHERE uses <> told_uses OR discount_minor <> told_discount_minor;

-- How far each ledger is in these sums: a lane adds what it used after that.
CREATE TABLE uses_counted (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (tenant_no, device, epoch)
);

-- What customers earned, by business day: tiers ask how much it was of late.
CREATE TABLE points_earned (
  tenant_no integer NOT NULL,
  customer text COLLATE "C" NOT NULL,
  business_date text COLLATE "C" NOT NULL,
  points numeric NOT NULL,
  judged_points numeric NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_no, customer, business_date)
);
CREATE INDEX points_earned_unjudged ON points_earned (tenant_no, customer) WHERE points <> judged_points;

-- Entries up to this one came before these sums: their uses count at their own lanes, and verification does not look for them here.
CREATE TABLE standings_begin (
  id integer PRIMARY KEY CHECK (id = 1),
  entry_no bigint NOT NULL
);
INSERT INTO standings_begin SELECT 1, coalesce(max(entry_no), 0) FROM ledger_entry;
