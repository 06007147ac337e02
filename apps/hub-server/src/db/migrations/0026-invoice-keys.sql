-- What the buyers of a year's invoices are sealed to. Once its invoices need not be kept any more the private half goes, and what ledgers hold of these names means nothing.
CREATE TABLE invoice_key (
  tenant_no integer NOT NULL,
  year integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  private_key bytea,
  created_at_ms bigint NOT NULL,
  forgotten_at_ms bigint,
  PRIMARY KEY (tenant_no, year),
  CHECK ((private_key IS NULL) = (forgotten_at_ms IS NOT NULL))
);
CREATE INDEX ledger_entry_invoices ON ledger_entry (tenant_no, device, epoch, seq) WHERE kind = 76;
