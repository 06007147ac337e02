-- The entry that a device's newest batch went on from and that was not held: nothing of such a batch is taken (SPEC: U-7, U-9), so that nothing else tells what is missing. One row for a device, whatever it sends.
CREATE TABLE ledger_gap (
  tenant_no integer NOT NULL,
  device text COLLATE "C" NOT NULL,
  store text COLLATE "C" NOT NULL,
  -- Of the batch that was not taken.
  epoch text COLLATE "C" NOT NULL,
  before_epoch text COLLATE "C" NOT NULL,
  before_seq bigint NOT NULL,
  before_hash bytea NOT NULL,
  since_ms bigint NOT NULL,
  last_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, device)
);

-- Goods and tax classes that goods, codes and prices name and that are nowhere: which, in what they are named (`code`, `price`, `deposit`, `taxClass`), how often, and by which key first.
-- Row security lets no condition on `fields` use an index.
CREATE FUNCTION goods_that_are_missing(tenant integer, most integer) RETURNS TABLE (name text, named_in text, names bigint, example text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT named.name, named.named_in, count(*), min(named.key) FROM (
    SELECT (fields ->> '1') COLLATE "C" AS name, 'code' AS named_in, 1 AS wanted, key FROM public.entity WHERE tenant_no = tenant AND type = 2 AND alive
    UNION ALL
    SELECT split_part(key, chr(31), 1) COLLATE "C", 'price', 1, key FROM public.entity WHERE tenant_no = tenant AND type = 3 AND alive
    UNION ALL
    SELECT (fields ->> '10') COLLATE "C", 'deposit', 1, key FROM public.entity WHERE tenant_no = tenant AND type = 1 AND alive AND fields ->> '10' IS NOT NULL
    UNION ALL
    -- What is no goods (gift cards, deposits) is mostly outside every tax, whatever class it names.
    SELECT (fields ->> '4') COLLATE "C", 'taxClass', 4, key FROM public.entity WHERE tenant_no = tenant AND type = 1 AND alive AND fields ->> '14' IS NULL) AS named
  LEFT JOIN (SELECT DISTINCT type, key FROM public.entity WHERE tenant_no = tenant AND type IN (1, 4) AND alive) AS there
    ON there.type = named.wanted AND there.key = named.name
  WHERE named.name IS NOT NULL AND there.key IS NULL
    AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT most
$$;
