-- Who published (null: nobody said, as before there was this column), and how many entities began by it that are not told one by one: those of a large file.
ALTER TABLE publication ADD COLUMN actor text;
ALTER TABLE publication ADD COLUMN made integer NOT NULL DEFAULT 0;

-- What each publication changed of an entity: column number -> value, of the columns that it changed. What is told of it, and what is not: `catalog/change-log.ts`.
CREATE TABLE entity_change (
  tenant_no integer NOT NULL,
  lsn bigint NOT NULL,
  type integer NOT NULL,
  key text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  -- Null: it was not there.
  before jsonb,
  -- Null: it was removed.
  after jsonb,
  PRIMARY KEY (tenant_no, key, type, scope, lsn)
);
CREATE INDEX entity_change_lsn ON entity_change (tenant_no, lsn, type, key, scope);

-- Goods in the order of their SKUs.
CREATE INDEX entity_items ON entity (tenant_no, key) WHERE type = 1 AND alive;

-- The codes of goods. Row security lets no condition on `fields` use an index: this function asks whose a row is itself, and works as the owner.
CREATE INDEX entity_codes ON entity (tenant_no, ((fields ->> '1') COLLATE "C")) WHERE type = 2 AND alive;
CREATE FUNCTION codes_of_goods(tenant integer, skus text[]) RETURNS TABLE (sku text, code text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET jit = off AS $$
  SELECT asked.sku, e.key, e.scope FROM unnest(skus) AS asked (sku)
  JOIN public.entity e ON e.tenant_no = tenant AND e.type = 2 AND e.alive AND (e.fields ->> '1') COLLATE "C" = asked.sku
  WHERE tenant = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
$$;
