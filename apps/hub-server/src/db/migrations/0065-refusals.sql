-- What the hub refused, of whom it knows and of strangers: once for each asker, path and minute, however often they asked. Logins of hubs add to it, and neither change nor delete a row (row-security.ts).
CREATE TABLE refusal (
  tenant_no integer NOT NULL,
  refusal_no bigint GENERATED ALWAYS AS IDENTITY,
  -- The first time, and the last one of that minute.
  at_ms bigint NOT NULL,
  until_ms bigint NOT NULL,
  times integer NOT NULL,
  -- person, program, device, hub or nobody.
  kind text COLLATE "C" NOT NULL,
  -- The key on the staff, of a program its maker's; the device. Empty: nobody that the hub knows.
  who text COLLATE "C" NOT NULL,
  -- The name of the program's token; empty: none.
  program text NOT NULL,
  address text NOT NULL,
  method text NOT NULL,
  -- As the hub's own text writes it, without what somebody asked for.
  route text NOT NULL,
  status integer NOT NULL,
  problem text COLLATE "C" NOT NULL,
  -- Of the first one: under which the hub's log has the rest.
  request_id text NOT NULL,
  PRIMARY KEY (tenant_no, refusal_no)
);
CREATE INDEX refusal_at ON refusal (tenant_no, at_ms);
CREATE INDEX refusal_who ON refusal (tenant_no, who, refusal_no);
