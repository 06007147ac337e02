-- One row for each device, or each of its shifts, is written with nearly each batch. With room left on its page it is written there, and its indexes are left alone (as 0047 did for stock): with 1,000 lanes that sell, of these writes 29 to 57 of 100 were so.
ALTER TABLE device SET (fillfactor = 50);
ALTER TABLE device_tally SET (fillfactor = 50);
ALTER TABLE ledger_epoch SET (fillfactor = 50);
ALTER TABLE shift_span SET (fillfactor = 50);
