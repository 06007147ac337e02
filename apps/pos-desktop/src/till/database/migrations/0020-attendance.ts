/** When people of this store came and went, as this lane's own ledger and those of its siblings say. */
export const sql = `
CREATE TABLE attendance_mark (
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  person TEXT NOT NULL,
  act TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  -- Of what somebody else stated afterwards.
  reason TEXT,
  PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendance_mark_time ON attendance_mark (at_ms);
`;
