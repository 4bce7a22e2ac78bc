-- Nearest by inner product of unit vectors, through HNSW where the collection has it. By default HNSW looks at 40
-- candidates, filters them and gives what is left (measured: a tenth of the neighbours under a 1 % filter); iterative
-- scan goes on until there are k.
CREATE FUNCTION vectors_found(vectors text, collection text, query vector, documents text[], k integer)
RETURNS TABLE (chunk_id text, score float8)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  PERFORM set_config('hnsw.iterative_scan', 'relaxed_order', true),
          set_config('hnsw.ef_search', least(1000, greatest(100, k + k / 2))::text, true);
  RETURN QUERY EXECUTE format(
    'SELECT chunk_id, -distance FROM (
       SELECT chunk_id, embedding <#> $1 AS distance FROM %1$I WHERE knowledge = %2$L %3$s
       ORDER BY embedding <#> $1 LIMIT $2) found
     ORDER BY distance, chunk_id',
    vectors, collection, CASE WHEN documents IS NULL THEN '' ELSE 'AND document_id = ANY ($3)' END)
  USING query, k, documents;
END $$;
