-- What was sold without being listed, line by line, by the code that stands on it: headquarters lists it, or wonders.
CREATE TABLE unlisted_line (
  entry_no bigint NOT NULL,
  line integer NOT NULL,
  tenant_no integer NOT NULL,
  -- As the catalogue would name it: a GTIN in 14 digits, else the text.
  code text COLLATE "C" NOT NULL,
  sku text COLLATE "C" NOT NULL,
  quantity bigint NOT NULL,
  amount_minor bigint NOT NULL,
  PRIMARY KEY (entry_no, line)
);
CREATE INDEX unlisted_line_code ON unlisted_line (tenant_no, code);
