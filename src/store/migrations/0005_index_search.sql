-- Search by an index of pg_textsearch. Scoring a row without the index tokenises its text (0.4 ms for a row of 100
-- words), which the planner takes for as cheap as an addition: without a sort it has no way but the index.
CREATE FUNCTION bm25_found(index text, collection text, query text, documents text[], k integer)
RETURNS TABLE (id text, score float8)
LANGUAGE plpgsql STABLE SET enable_sort = off
AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT id, -(search_text <@> to_bm25query($1, %1$L))::float8 FROM chunks WHERE knowledge = %2$L %3$s
     ORDER BY search_text <@> to_bm25query($1, %1$L) LIMIT $2',
    index, collection, CASE WHEN documents IS NULL THEN '' ELSE 'AND document_id = ANY ($3)' END)
  USING query, k, documents;
END $$;
