-- How many articles each category has everywhere; those that stores alone have are none of these.
CREATE FUNCTION categories_of_goods(tenant integer, most integer) RETURNS TABLE (category text, size integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT (fields ->> '3') COLLATE "C" AS name, count(*) FILTER (WHERE scope = 'global')::integer FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '3' IS NOT NULL
    AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  GROUP BY 1 ORDER BY 1 LIMIT most
$$;

-- What is filed under a category ('3') or a brand ('2'), under whichever scope, from behind an SKU and its place on. Row security lets no condition on `fields` use an index.
CREATE FUNCTION filed_goods(tenant integer, field text, asked text, after_key text, after_scope text, most integer) RETURNS TABLE (sku text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT filed.key, filed.scope FROM (
    (SELECT key, scope FROM public.entity
      WHERE field = '3' AND type = 1 AND alive AND fields ->> '3' IS NOT NULL AND (fields ->> '3') COLLATE "C" = asked AND tenant_no = tenant
        AND key >= (after_key COLLATE "C") AND (key, scope) > (after_key COLLATE "C", after_scope COLLATE "C")
      ORDER BY key, scope LIMIT most)
    UNION ALL
    (SELECT key, scope FROM public.entity
      WHERE field = '2' AND type = 1 AND alive AND fields ->> '2' IS NOT NULL AND (fields ->> '2') COLLATE "C" = asked AND tenant_no = tenant
        AND key >= (after_key COLLATE "C") AND (key, scope) > (after_key COLLATE "C", after_scope COLLATE "C")
      ORDER BY key, scope LIMIT most)) AS filed
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  ORDER BY filed.key, filed.scope LIMIT most
$$;
