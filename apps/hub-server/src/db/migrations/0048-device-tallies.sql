-- What is counted of a device as its entries are folded, beside what builds before this one counted in its own row: that is locked for each batch which is received, and a fold waited for all of them.
CREATE TABLE device_tally (
  device text COLLATE "C" PRIMARY KEY,
  tenant_no integer NOT NULL,
  received_entries bigint NOT NULL,
  -- Below 0 where what an earlier build had counted was applied since.
  set_aside integer NOT NULL
);
