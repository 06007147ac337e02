-- Words of goods in four indexes of which each has about four times the goods of the one before: 1, 3, 12 and 48 of 64. Of a word that very many have the smallest already has as many as are put in order; of one that few have, all four together are
-- little to read. In quarters (0070) a word that six of ten have was 150,000 goods of 1,000,000 before the first of them was seen.
CREATE INDEX entity_words_1 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND get_byte(decode(md5(key), 'hex'), 0) < 4;
CREATE INDEX entity_words_2 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND get_byte(decode(md5(key), 'hex'), 0) BETWEEN 4 AND 15;
CREATE INDEX entity_words_3 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND get_byte(decode(md5(key), 'hex'), 0) BETWEEN 16 AND 63;
CREATE INDEX entity_words_4 ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1 AND get_byte(decode(md5(key), 'hex'), 0) >= 64;
-- Older builds ask by the functions below, and never by their names.
DROP INDEX entity_goods_words_0, entity_goods_words_1, entity_goods_words_2, entity_goods_words_3;

CREATE OR REPLACE FUNCTION ready_goods_words() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT gin_clean_pending_list('public.entity_words_1') + gin_clean_pending_list('public.entity_words_2')
    + gin_clean_pending_list('public.entity_words_3') + gin_clean_pending_list('public.entity_words_4')
$$;

-- By no workers: they would ask all four at once.
CREATE OR REPLACE FUNCTION goods_of_words(tenant integer, asked tsquery, most integer) RETURNS TABLE (sku text, place text, held jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_seqscan = off SET enable_indexscan = off SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
  SELECT found.key, found.scope, found.fields FROM (
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND get_byte(decode(md5(key), 'hex'), 0) < 4
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND get_byte(decode(md5(key), 'hex'), 0) BETWEEN 4 AND 15
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND get_byte(decode(md5(key), 'hex'), 0) BETWEEN 16 AND 63
    UNION ALL
    SELECT key, scope, fields FROM public.entity WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no + 0 = tenant AND get_byte(decode(md5(key), 'hex'), 0) >= 64) AS found
  WHERE tenant = coalesce((SELECT l.tenant_no FROM public.database_login l WHERE l.login = session_user), tenant)
  LIMIT most
$$;
