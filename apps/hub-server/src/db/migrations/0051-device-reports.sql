-- What each device said of itself last: its build, the room on its disk, how its printer and scale are (`domain/device-report.ts` has its form).
CREATE TABLE device_report (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  report text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, device)
);

-- What a device and the hub exchanged in each quarter of an hour of the last days: requests, and bytes of their connections, headers included. Which entries came when, the ledger says.
CREATE TABLE device_contact (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  from_ms bigint NOT NULL,
  last_at_ms bigint NOT NULL,
  exchanges bigint NOT NULL,
  bytes_up bigint NOT NULL,
  bytes_down bigint NOT NULL,
  -- How far its cut was at the end.
  held_lsn bigint,
  PRIMARY KEY (tenant_no, device, from_ms)
);
CREATE INDEX device_contact_by_age ON device_contact (tenant_no, from_ms);
