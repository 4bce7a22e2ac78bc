-- A query has some ten terms; taken for a thousand, the planner would read all postings instead of looking terms up.
ALTER FUNCTION bm25_terms(text) ROWS 12;
