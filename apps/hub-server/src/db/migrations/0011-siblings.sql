-- The company's certificate authority, one for each tenant: it certifies devices for the network of their store.
CREATE TABLE authority (
  tenant_no integer PRIMARY KEY,
  -- PKCS#8, and X.509, DER.
  private_key bytea NOT NULL,
  certificate bytea NOT NULL
);
-- Each certificate that was given out; the one without a reason counts.
CREATE TABLE device_certificate (
  serial text PRIMARY KEY,
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  -- SubjectPublicKeyInfo, and X.509, DER.
  lan_key bytea NOT NULL,
  certificate bytea NOT NULL,
  issued_at_ms bigint NOT NULL
);
CREATE INDEX device_certificate_device ON device_certificate (device);
-- Numbered without gaps within a tenant: the list that devices hold is all of them up to its number.
CREATE TABLE revocation (
  tenant_no integer NOT NULL,
  number integer NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  serial text NOT NULL REFERENCES device_certificate (serial),
  reason text NOT NULL CHECK (reason IN ('rotated', 'replaced', 'stolen')),
  -- [{"epoch", "seq", "hash"}]: how far the device's ledger went then.
  heads jsonb NOT NULL,
  revoked_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, number),
  UNIQUE (serial)
);
-- Why a device as a whole counts no more; null: it does.
ALTER TABLE device ADD COLUMN gone text CHECK (gone IN ('replaced', 'stolen'));
-- What siblings countersigned of a stolen device's ledger.
CREATE TABLE countersignature (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL REFERENCES device (device),
  epoch text NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  witness text COLLATE "C" NOT NULL REFERENCES device (device),
  signature bytea NOT NULL,
  received_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, device, epoch, seq, hash, witness)
);
