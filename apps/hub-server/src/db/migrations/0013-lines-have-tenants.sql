-- Each table that holds a tenant's rows says whose they are: row security asks for it.
ALTER TABLE sale_line ADD COLUMN tenant_no integer NOT NULL DEFAULT 1;
ALTER TABLE sale_line ALTER COLUMN tenant_no DROP DEFAULT;
