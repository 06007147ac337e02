-- What holds at one place, of the types that are few: the settings of each of 500 stores were looked for among those of all the others.
CREATE INDEX entity_of_few_at ON entity (tenant_no, type, scope, key) WHERE type NOT IN (1, 2, 3);
