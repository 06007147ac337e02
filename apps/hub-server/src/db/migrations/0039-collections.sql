-- Goods that carry the name of a collection. Most carry none, and stand in no index.
CREATE INDEX entity_collections ON entity USING gin (string_to_array(fields ->> '9', E'\n')) WHERE type = 1 AND alive AND fields ->> '9' IS NOT NULL;

-- Row security lets no condition on `fields` use an index: this function asks whose a row is itself, and works as the owner. In the order of their SKUs, from behind `after` on.
CREATE FUNCTION goods_of_collection(tenant integer, asked text, places text[], after text, most integer) RETURNS TABLE (sku text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT DISTINCT key FROM public.entity
  WHERE type = 1 AND alive AND fields ->> '9' IS NOT NULL AND string_to_array(fields ->> '9', E'\n') @> ARRAY[asked]
    AND tenant_no = tenant AND tenant_no = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
    AND key > (after COLLATE "C") AND scope = ANY (places)
  ORDER BY key LIMIT most
$$;
