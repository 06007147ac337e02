-- Each time this hub was found to hold less than it once had told: it goes on under another name, and what it may have granted and forgotten is collected first.
CREATE TABLE hub_epoch (
  hub_epoch text PRIMARY KEY,
  parent text NOT NULL,
  -- The newest publication that was held when it was minted.
  fork_lsn bigint NOT NULL,
  minted_at_ms bigint NOT NULL,
  -- Who showed what was lost.
  device text COLLATE "C" NOT NULL REFERENCES device (device)
);

-- The hub's epoch under which a device was last heard of with nothing waiting, or was given up by a person.
ALTER TABLE device ADD COLUMN settled_epoch text;

-- By it a grant is known again that this hub signed: the signing key itself is not for everybody.
ALTER TABLE hub ADD COLUMN public_key bytea;
