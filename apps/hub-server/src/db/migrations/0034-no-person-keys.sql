-- No ledger, cell or segment ever held what these keys sealed: customers and buyers of invoices are sealed with their own, where they are kept (SPEC: S-6).
DROP TABLE person_key;
