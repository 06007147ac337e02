-- Whether a lane has given a tender back is asked while the right to return is locked: without this all that the device ever sent is read for it.
CREATE INDEX ledger_entry_reversals ON ledger_entry (tenant_no, device, entry_no) WHERE kind = 20;
