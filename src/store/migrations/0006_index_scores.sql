DROP FUNCTION bm25_found;
--> statement-breakpoint
-- Search by an index of pg_textsearch. Scoring a row outside the scan tokenises its text (0.4 ms for a row of 100 words),
-- which the planner takes for as cheap as an addition: it is left no way but the index. `exact` scores each row that is
-- found anew; otherwise the scan's own score is taken, which is right only while the index is what is scanned.
CREATE FUNCTION bm25_found(index text, collection text, query text, documents text[], k integer, exact boolean)
RETURNS TABLE (id text, score float8)
LANGUAGE plpgsql STABLE SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT id, -%4$s::float8 FROM chunks WHERE knowledge = %2$L %3$s
     ORDER BY search_text <@> to_bm25query($1, %1$L) LIMIT $2',
    index, collection, CASE WHEN documents IS NULL THEN '' ELSE 'AND document_id = ANY ($3)' END,
    CASE WHEN exact THEN format('(search_text <@> to_bm25query($1, %L))', index) ELSE 'bm25_get_current_score()' END)
  USING query, k, documents;
END $$;
