-- Baskets that a lane went on with, and the entry of another lane's ledger that had set each of them aside: where that is not here it is missing (SPEC: P-5). What was taken over before this is not in it.
CREATE TABLE basket_takeover (
  entry_no bigint PRIMARY KEY,
  tenant_no integer NOT NULL,
  store text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  from_device text COLLATE "C" NOT NULL,
  from_epoch text COLLATE "C" NOT NULL,
  from_seq bigint NOT NULL,
  received_at_ms bigint NOT NULL
);
CREATE INDEX basket_takeover_from ON basket_takeover (tenant_no, from_device, from_epoch, from_seq);
