-- Values of attributes (type 89, key: SKU, 0x1f, code) by what they say. Row security lets no condition on `fields` use an index: these functions ask whose a row is themselves (0050). An index takes
-- texts up to a length; values are shorter, and those of a key alike are in the order of their SKUs, for nothing in an SKU comes before 0x1f.
CREATE INDEX entity_attribute_values ON entity (tenant_no, (split_part(key, E'\x1f', 2) COLLATE "C"), (left(fields ->> '1', 200) COLLATE "C"), key) WHERE type = 89 AND alive;

CREATE FUNCTION goods_of_attribute(tenant integer, code text, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT split_part(found.key, E'\x1f', 1) FROM (
    SELECT DISTINCT key FROM public.entity
    WHERE type = 89 AND alive AND split_part(key, E'\x1f', 2) COLLATE "C" = code AND left(fields ->> '1', 200) COLLATE "C" = asked
      AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
      AND key > (after || E'\x1f' || code) COLLATE "C" AND scope = ANY (places)
    ORDER BY key LIMIT most) AS found
$$;

-- Under whichever scope, from behind one on.
CREATE FUNCTION values_of_attribute(tenant integer, code text, after_value text, after_key text, after_place text, most integer) RETURNS TABLE (value text, key text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT left(e.fields ->> '1', 200) COLLATE "C", e.key, e.scope FROM public.entity e
  WHERE e.type = 89 AND e.alive AND split_part(e.key, E'\x1f', 2) COLLATE "C" = code
    AND e.tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
    AND ((left(e.fields ->> '1', 200) COLLATE "C"), e.key, e.scope) > (after_value COLLATE "C", after_key COLLATE "C", after_place COLLATE "C")
  ORDER BY left(e.fields ->> '1', 200) COLLATE "C", e.key, e.scope LIMIT most
$$;

-- How many articles have each everywhere.
CREATE FUNCTION sizes_of_attributes(tenant integer) RETURNS TABLE (code text, size integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT split_part(key, E'\x1f', 2) COLLATE "C" AS code, count(*)::integer FROM public.entity
  WHERE type = 89 AND alive AND scope = 'global'
    AND tenant_no = tenant AND tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  GROUP BY 1
$$;
