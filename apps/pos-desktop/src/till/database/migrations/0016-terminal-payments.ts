/** What a payment terminal was asked for: each order from before it was sent until nobody has to think of it any more. */
export const sql = `
CREATE TABLE terminal_payment (
  number INTEGER PRIMARY KEY,
  payment_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('wanted', 'sent', 'unknown', 'left', 'approved', 'declined', 'notCharged', 'reversed', 'stuck')),
  -- The basket that waits for it; NULL: none does.
  basket_id TEXT,
  -- JSON: what was asked for, and what is done with it.
  wish TEXT NOT NULL,
  mark TEXT,
  -- JSON: what the terminal said when it had approved.
  approved TEXT,
  is_booked INTEGER NOT NULL DEFAULT 0 CHECK (is_booked IN (0, 1)),
  receipt_number TEXT,
  -- Of what it accepted alone; NULL: nobody has to think of it.
  offline TEXT CHECK (offline IN ('waiting', 'declined')),
  is_settled INTEGER NOT NULL DEFAULT 0 CHECK (is_settled IN (0, 1)),
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX terminal_payment_open ON terminal_payment (state) WHERE state IN ('wanted', 'sent', 'unknown', 'left');
CREATE INDEX terminal_payment_basket ON terminal_payment (basket_id) WHERE is_booked = 0 AND state = 'approved';
CREATE INDEX terminal_payment_stuck ON terminal_payment (number) WHERE is_booked = 0 AND state = 'stuck';
CREATE INDEX terminal_payment_offline ON terminal_payment (offline) WHERE offline IS NOT NULL;
CREATE INDEX terminal_payment_unsettled ON terminal_payment (number) WHERE is_settled = 0 AND state IN ('approved', 'reversed');
`;
