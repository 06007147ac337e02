-- Whether the device has said in its ledger that it holds the right: then only its ledger ends it, or a person.
ALTER TABLE return_hold ADD COLUMN accepted boolean NOT NULL DEFAULT false;
