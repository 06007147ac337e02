-- Goods of a department and of a brand in the order of their SKUs, and the brands that there are. Row security lets no condition on `fields` use an index: these functions ask whose a row is themselves.
CREATE INDEX entity_departments ON entity (tenant_no, ((fields ->> '3') COLLATE "C"), key) WHERE type = 1 AND alive AND fields ->> '3' IS NOT NULL;
CREATE INDEX entity_brands ON entity (tenant_no, ((fields ->> '2') COLLATE "C"), key) WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL;

CREATE FUNCTION goods_of_department(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '3' IS NOT NULL AND (fields ->> '3') COLLATE "C" = asked
    AND tenant_no = tenant AND tenant = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;

CREATE FUNCTION goods_of_brand(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND (fields ->> '2') COLLATE "C" = asked
    AND tenant_no = tenant AND tenant = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;

-- One look-up for each, whatever the number of goods: from behind `after` on, those whose names begin so.
CREATE FUNCTION brands_of_goods(tenant integer, begins text, after text, most integer) RETURNS TABLE (brand text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  WITH RECURSIVE named AS (
    SELECT (SELECT (fields ->> '2') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '2') COLLATE "C" >= begins AND (after IS NULL OR (fields ->> '2') COLLATE "C" > after) ORDER BY tenant_no, (fields ->> '2') COLLATE "C" LIMIT 1) AS name, 1 AS place
    UNION ALL
    SELECT (SELECT (fields ->> '2') COLLATE "C" FROM public.entity WHERE type = 1 AND alive AND fields ->> '2' IS NOT NULL AND tenant_no = tenant
        AND (fields ->> '2') COLLATE "C" > named.name ORDER BY tenant_no, (fields ->> '2') COLLATE "C" LIMIT 1), place + 1
    FROM named WHERE starts_with(named.name, begins) AND place < most)
  SELECT name FROM named WHERE starts_with(name, begins) AND tenant = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
$$;
