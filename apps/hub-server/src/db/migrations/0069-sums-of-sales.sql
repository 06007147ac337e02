-- What sales of a store came to in each quarter of an hour, training left out: with what is folded, and whichever build folds it. All hours of all zones begin with a quarter.
CREATE TABLE sale_sum (
  tenant_no integer NOT NULL,
  business_date text COLLATE "C" NOT NULL,
  store text COLLATE "C" NOT NULL,
  -- Since 1970.
  quarter_hour bigint NOT NULL,
  currency text NOT NULL,
  kind text NOT NULL,
  sales bigint NOT NULL,
  total_minor numeric NOT NULL,
  PRIMARY KEY (tenant_no, business_date, store, quarter_hour, currency, kind)
) WITH (fillfactor = 80);

-- It is the database that sums them (docs/decisions/0031): a hub of an older build beside this one knows nothing of sums, and no sale is folded without. One fold writes at a time, under the sequence's lock.
CREATE FUNCTION sum_sales() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE seen text := coalesce(current_setting('holdfast.owner_sees', true), '');
BEGIN
  -- Row security binds the owner too (0059); who folds sees no more by it.
  PERFORM set_config('holdfast.owner_sees', 'all', true);
  INSERT INTO public.sale_sum AS held (tenant_no, business_date, store, quarter_hour, currency, kind, sales, total_minor)
  SELECT tenant_no, business_date, store, at_ms / 900000, currency, kind, count(*), sum(total_minor) FROM added WHERE NOT training GROUP BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (tenant_no, business_date, store, quarter_hour, currency, kind)
  DO UPDATE SET sales = held.sales + excluded.sales, total_minor = held.total_minor + excluded.total_minor;
  PERFORM set_config('holdfast.owner_sees', seen, true);
  RETURN NULL;
END
$$;

-- First the trigger, whose lock keeps others from folding, and then what is there: each sale counts once.
CREATE TRIGGER sale_sums AFTER INSERT ON sale REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sum_sales();
INSERT INTO sale_sum (tenant_no, business_date, store, quarter_hour, currency, kind, sales, total_minor)
SELECT tenant_no, business_date, store, at_ms / 900000, currency, kind, count(*), sum(total_minor) FROM sale WHERE NOT training GROUP BY 1, 2, 3, 4, 5, 6;
