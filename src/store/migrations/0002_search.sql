-- An exact scan reads every vector: kept in the row itself, not compressed, not in a side table.
ALTER TABLE vectors_384 ALTER COLUMN embedding SET STORAGE PLAIN;
--> statement-breakpoint
-- BM25 without the pg_textsearch extension: what the ranking needs, as tables. `number` is a chunk's short name here.
CREATE TABLE bm25_chunks (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chunk_id text NOT NULL UNIQUE,
  knowledge text NOT NULL,
  document_id text NOT NULL,
  length integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX bm25_chunks_document ON bm25_chunks (knowledge, document_id);
--> statement-breakpoint
CREATE TABLE bm25_postings (
  knowledge text NOT NULL,
  term text NOT NULL,
  number bigint NOT NULL REFERENCES bm25_chunks ON DELETE CASCADE,
  frequency integer NOT NULL,
  length integer NOT NULL,
  PRIMARY KEY (knowledge, term, number) INCLUDE (frequency, length)
);
--> statement-breakpoint
CREATE INDEX bm25_postings_number ON bm25_postings (number);
--> statement-breakpoint
CREATE TABLE bm25_totals (knowledge text PRIMARY KEY, chunks bigint NOT NULL, length bigint NOT NULL);
--> statement-breakpoint
-- Term frequencies of a text, English stems, stop words left out: what pg_textsearch counts.
CREATE FUNCTION bm25_terms(content text) RETURNS TABLE (term text, frequency integer)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector('english', content)) $$;
--> statement-breakpoint
CREATE FUNCTION bm25_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO bm25_chunks (chunk_id, knowledge, document_id, length)
    SELECT id, knowledge, document_id, coalesce((SELECT sum(frequency) FROM bm25_terms(search_text)), 0) FROM added;
  INSERT INTO bm25_postings (knowledge, term, number, frequency, length)
    SELECT a.knowledge, t.term, c.number, t.frequency, c.length
    FROM added a JOIN bm25_chunks c ON c.chunk_id = a.id CROSS JOIN LATERAL bm25_terms(a.search_text) t;
  INSERT INTO bm25_totals AS total (knowledge, chunks, length)
    SELECT a.knowledge, count(*), sum(c.length) FROM added a JOIN bm25_chunks c ON c.chunk_id = a.id GROUP BY 1 ORDER BY 1
    ON CONFLICT (knowledge) DO UPDATE SET chunks = total.chunks + excluded.chunks, length = total.length + excluded.length;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION bm25_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bm25_totals total SET chunks = total.chunks - gone.chunks, length = total.length - gone.length
    FROM (SELECT r.knowledge, count(*) AS chunks, sum(c.length) AS length
          FROM removed r JOIN bm25_chunks c ON c.chunk_id = r.id GROUP BY 1) gone
    WHERE total.knowledge = gone.knowledge;
  DELETE FROM bm25_chunks WHERE chunk_id IN (SELECT id FROM removed);
  RETURN NULL;
END $$;
