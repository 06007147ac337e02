-- The same answers in half of the time: a text without marks is left as it is, and `translate` looked for each of its marks at each letter. An import of 120,000 goods took twice its time.
CREATE OR REPLACE FUNCTION folded_text(written text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE folded text := written;
BEGIN
  IF octet_length(written) = length(written) THEN
    folded := lower(written);
  ELSE
    folded := translate(replace(replace(replace(replace(
      lower(regexp_replace(normalize(written, NFKD), U&'[\0300-\036F\0483-\0487\0591-\05BD\064B-\065F\3099\309A]', '', 'g') COLLATE pg_c_utf8),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), U&'øłđðı\00A0\3000\3001\3002', 'olddi    ');
  END IF;
  RETURN CASE WHEN folded COLLATE "C" ~ '[^a-z0-9 ]' THEN regexp_replace(folded COLLATE "C", E'[\\t\\n\\r\\x1f!-/:-@\\[-`{-~]', ' ', 'g') ELSE folded END;
END $$;
