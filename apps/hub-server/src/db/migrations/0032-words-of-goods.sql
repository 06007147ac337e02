-- Goods found by words of their names and brands, at any size of catalogue, and by their departments. Words are folded as lanes fold them: lower case, without diacritics.
CREATE FUNCTION folded_text(written text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE folded text := written;
BEGIN
  IF octet_length(written) = length(written) THEN
    folded := lower(written);
  ELSE
    folded := translate(replace(replace(replace(replace(
      lower(regexp_replace(normalize(written, NFKD), U&'[\0300-\036F\0483-\0487\0591-\05BD\064B-\065F\3099\309A]', '', 'g') COLLATE pg_c_utf8),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), U&'øłđðı\00A0\3000\3001\3002', 'olddi    ');
  END IF;
  RETURN translate(folded, E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\x1f', '                                    ');
END $$;

-- A department stands among the words behind a mark that no word has.
CREATE FUNCTION goods_words(fields jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  department text := left(coalesce(fields ->> '3', ''), 400);
  words tsvector := array_to_tsvector(array_remove(string_to_array(
    public.folded_text(left(coalesce(fields ->> '1', ''), 300) || ' ' || left(coalesce(fields ->> '2', ''), 100)), ' '), ''));
BEGIN
  RETURN CASE WHEN department = '' THEN words ELSE words || array_to_tsvector(ARRAY[E'\x1f' || department]) END;
END $$;

-- What is new waits in a list, which `ready_goods_words` sorts in at once: word by word an import of a hundred thousand goods would take twice its time.
CREATE INDEX entity_goods_words ON entity USING gin (public.goods_words(fields)) WITH (gin_pending_list_limit = 65536) WHERE type = 1;
CREATE FUNCTION ready_goods_words() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT gin_clean_pending_list('public.entity_goods_words')
$$;

-- Row security asks whose a row is before it lets any other condition use an index that is not proven to tell nothing: this function asks it itself, and works as the owner.
-- At most `most` rows, in no order: work is bounded, whatever is asked for.
CREATE FUNCTION goods_of_words(tenant integer, asked tsquery, most integer) RETURNS TABLE (sku text, place text, held jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS $$
  SELECT key, scope, fields FROM public.entity
  WHERE type = 1 AND alive AND public.goods_words(fields) @@ asked AND tenant_no = tenant
    AND tenant_no = coalesce(nullif(current_setting('holdfast.tenant_no', true), '')::integer, tenant)
  LIMIT most
$$;
