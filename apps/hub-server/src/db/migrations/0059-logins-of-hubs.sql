-- The logins by which hubs work: each owns nothing and is of one tenant, whatever a statement sets, so that nothing has to be put back behind it. Their passwords are sealed; only the owner reads them.
CREATE TABLE database_login (
  login text PRIMARY KEY,
  tenant_no integer NOT NULL,
  password bytea NOT NULL
);

-- The functions that read goods by their indexes ask by what login they are called whose goods these may be; who is none of the table (the owner, PGlite) says it.
CREATE OR REPLACE FUNCTION goods_of_words(tenant integer, asked tsquery, most integer) RETURNS TABLE (sku text, place text, held jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS $$
  SELECT key, scope, fields FROM public.entity
  WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant
    AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  LIMIT most
$$;

CREATE OR REPLACE FUNCTION codes_of_goods(tenant integer, skus text[]) RETURNS TABLE (sku text, code text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT asked.sku, e.key, e.scope FROM unnest(skus) AS asked (sku)
  JOIN public.entity e ON e.tenant_no = tenant AND e.type = 2 AND e.alive AND (e.fields ->> '1') COLLATE "C" = asked.sku
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
$$;

CREATE OR REPLACE FUNCTION price_moments(tenant integer, from_ms bigint, to_ms bigint, places text[], after_ms bigint, after_key text, after_scope text, after_ends boolean, most integer)
RETURNS TABLE (at_ms bigint, ends boolean, key text, scope text, fields jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT moments.at_ms, moments.ends, moments.key, moments.scope, moments.fields FROM (
    (SELECT (e.fields ->> '4')::bigint AS at_ms, false AS ends, e.key, e.scope, e.fields FROM public.entity e
      WHERE e.tenant_no = tenant AND e.type = 3 AND e.alive AND e.fields ? '4'
        AND (e.fields ->> '4')::bigint >= greatest(from_ms, coalesce(after_ms, from_ms)) AND (e.fields ->> '4')::bigint < to_ms AND (places IS NULL OR e.scope = ANY (places))
        AND (after_ms IS NULL OR ((e.fields ->> '4')::bigint, e.key, e.scope, false) > (after_ms, after_key COLLATE "C", after_scope COLLATE "C", after_ends))
      ORDER BY (e.fields ->> '4')::bigint, e.key, e.scope LIMIT most)
    UNION ALL
    (SELECT (e.fields ->> '5')::bigint, true, e.key, e.scope, e.fields FROM public.entity e
      WHERE e.tenant_no = tenant AND e.type = 3 AND e.alive AND e.fields ? '5'
        AND (e.fields ->> '5')::bigint >= greatest(from_ms, coalesce(after_ms, from_ms)) AND (e.fields ->> '5')::bigint < to_ms AND (places IS NULL OR e.scope = ANY (places))
        AND (after_ms IS NULL OR ((e.fields ->> '5')::bigint, e.key, e.scope, true) > (after_ms, after_key COLLATE "C", after_scope COLLATE "C", after_ends))
      ORDER BY (e.fields ->> '5')::bigint, e.key, e.scope LIMIT most)) AS moments
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  ORDER BY moments.at_ms, moments.key, moments.scope, moments.ends LIMIT most
$$;

CREATE OR REPLACE FUNCTION goods_of_department(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '3' IS NOT NULL AND (fields ->> '3') COLLATE "C" = asked
    AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;

CREATE OR REPLACE FUNCTION goods_of_brand(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND (fields ->> '2') COLLATE "C" = asked
    AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;

CREATE OR REPLACE FUNCTION brands_of_goods(tenant integer, begins text, after text, most integer) RETURNS TABLE (brand text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  WITH RECURSIVE named AS (
    SELECT (SELECT (fields ->> '2') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '2') COLLATE "C" >= begins AND (after IS NULL OR (fields ->> '2') COLLATE "C" > after) ORDER BY tenant_no, (fields ->> '2') COLLATE "C" LIMIT 1) AS name, 1 AS place
    UNION ALL
    SELECT (SELECT (fields ->> '2') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '2') COLLATE "C" > named.name ORDER BY tenant_no, (fields ->> '2') COLLATE "C" LIMIT 1), place + 1
    FROM named WHERE starts_with(named.name, begins) AND place < most)
  SELECT name FROM named WHERE starts_with(name, begins) AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
$$;
