-- What `goods_that_are_missing` says, told from what changed behind `since`, for who knows what it said then: `known`, names that codes or prices have and that were missing. Of 1,000,000 goods that is some hundred pages, where all of them are 130,000.
-- Codes and prices that carry a name are found by their indexes; deposits and tax classes by what changed alone: who asks knows of no such name that was missing, and of none that was removed since.
-- Each name is looked up by itself (a scalar question): joined, the planner would read the whole table for a few of them.
CREATE FUNCTION goods_missing_since(tenant integer, since bigint, known text[], most integer) RETURNS TABLE (name text, named_in text, names bigint, example text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  WITH changed AS MATERIALIZED (
    SELECT type, key, fields FROM public.entity WHERE tenant_no = tenant AND lsn > since AND type IN (1, 2, 3) AND alive
  ), named AS MATERIALIZED (
    SELECT (CASE type WHEN 2 THEN fields ->> '1' WHEN 3 THEN split_part(key, chr(31), 1) ELSE fields ->> '10' END) COLLATE "C" AS name,
      CASE type WHEN 2 THEN 'code' WHEN 3 THEN 'price' ELSE 'deposit' END AS named_in, key FROM changed
    UNION ALL
    SELECT (fields ->> '4') COLLATE "C", 'taxClass', key FROM changed WHERE type = 1 AND fields ->> '14' IS NULL
  ), asked AS (
    SELECT n.name, n.named_in FROM named n WHERE n.name IS NOT NULL
    UNION
    SELECT k.name COLLATE "C", i.named_in FROM unnest(known) AS k (name) CROSS JOIN (VALUES ('code'), ('price')) AS i (named_in)
  ), missing AS MATERIALIZED (
    SELECT a.name, a.named_in FROM asked a
    WHERE (SELECT 1 FROM public.entity i WHERE i.tenant_no = tenant AND i.key = a.name AND i.type = CASE a.named_in WHEN 'taxClass' THEN 4 ELSE 1 END AND i.alive LIMIT 1) IS NULL
  )
  SELECT m.name, m.named_in, c.names, c.example FROM missing m CROSS JOIN LATERAL (
    SELECT count(*) AS names, min(k.key) AS example FROM (
      SELECT e.key FROM public.entity e WHERE m.named_in = 'code' AND e.tenant_no = tenant AND e.type = 2 AND e.alive AND (e.fields ->> '1') COLLATE "C" = m.name
      UNION ALL
      SELECT e.key FROM public.entity e WHERE m.named_in = 'price' AND e.tenant_no = tenant AND e.type = 3 AND e.alive
        AND e.key >= m.name AND e.key < m.name || chr(32) AND split_part(e.key, chr(31), 1) COLLATE "C" = m.name
      UNION ALL
      SELECT n.key FROM named n WHERE m.named_in IN ('deposit', 'taxClass') AND n.named_in = m.named_in AND n.name = m.name) AS k OFFSET 0) AS c
  WHERE c.names > 0 AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  ORDER BY c.names DESC, 1, 2 LIMIT most
$$;
