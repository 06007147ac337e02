-- Of a device two histories are known: another under one epoch, or two that go on from one entry. What it holds of balances rests until a person has looked.
ALTER TABLE device ADD COLUMN forked boolean NOT NULL DEFAULT false;
UPDATE device d SET forked = true WHERE d.branches > 0 OR EXISTS (
  SELECT 1 FROM ledger_epoch c JOIN ledger_epoch p ON p.tenant_no = c.tenant_no AND p.device = c.device AND p.epoch = c.parent_epoch
  WHERE c.tenant_no = d.tenant_no AND c.device = d.device AND (p.head_seq > c.parent_seq OR EXISTS (
    SELECT 1 FROM ledger_epoch o WHERE o.tenant_no = c.tenant_no AND o.device = c.device AND o.epoch <> c.epoch
      AND o.parent_epoch = c.parent_epoch AND o.parent_seq = c.parent_seq)));
