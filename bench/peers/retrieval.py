"""The Python peer of `bench/retrieval.ts`: bm25s (stemmed) + the same embedder in onnxruntime + RRF.

    pip install bm25s PyStemmer onnxruntime tokenizers numpy ir_measures
    python bench/peers/retrieval.py FOLDER --model bge.onnx --tokenizer tokenizer.json [--cache FOLDER] [--threads 2]

FOLDER has BEIR's layout. Prints one JSON object: nDCG@10, recall@100 and MRR@10 of each stage, by ir_measures.
"""

import argparse
import hashlib
import json
import os
import time

import bm25s
import ir_measures
import numpy as np
import onnxruntime
import Stemmer
from ir_measures import RR, R, nDCG
from tokenizers import Tokenizer

QUERY_PREFIX = "Represent this sentence for searching relevant passages: "


def embed(texts, model, tokenizer, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokens = Tokenizer.from_file(tokenizer)
    tokens.enable_truncation(512)
    tokens.no_padding()
    encoded = [tokens.encode(text).ids for text in texts]
    order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
    vectors = np.zeros((len(texts), 384), dtype=np.float32)
    for at in range(0, len(order), 8):
        batch = order[at : at + 8]
        longest = max(len(encoded[i]) for i in batch)
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(encoded[i])] = encoded[i]
            mask[row, : len(encoded[i])] = 1
        hidden = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})[0]
        first = hidden[:, 0]
        vectors[batch] = first / np.linalg.norm(first, axis=1, keepdims=True)
    return vectors


def cached(texts, name, args):
    key = hashlib.sha256(("\0".join(texts) + args.model).encode()).hexdigest()[:16]
    path = os.path.join(args.cache, f"{name}-{key}.npy") if args.cache else None
    if path and os.path.exists(path):
        return np.load(path)
    vectors = embed(texts, args.model, args.tokenizer, args.threads)
    if path:
        os.makedirs(args.cache, exist_ok=True)
        np.save(path, vectors)
    return vectors


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--cache")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=100)
    parser.add_argument("--k", type=float, default=60)
    parser.add_argument("--run", help="write the fused run (TREC form) here")
    args = parser.parse_args()

    corpus = lines(os.path.join(args.folder, "corpus.jsonl"))
    ids = [document["_id"] for document in corpus]
    texts = [document["title"] + "\n" + document["text"] for document in corpus]
    qrels = []
    with open(os.path.join(args.folder, "qrels.tsv"), encoding="utf-8") as file:
        for line in list(file)[1:]:
            query, document, gain = line.rstrip("\n").split("\t")
            qrels.append(ir_measures.Qrel(query, document, int(gain)))
    judged = {qrel.query_id for qrel in qrels}
    queries = [query for query in lines(os.path.join(args.folder, "queries.jsonl")) if query["_id"] in judged]

    stemmer = Stemmer.Stemmer("english")
    retriever = bm25s.BM25(k1=1.2, b=0.75)
    retriever.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    started = time.time()
    vectors = cached(texts, "corpus", args)
    embedded_s = time.time() - started
    asked = cached([QUERY_PREFIX + query["text"] for query in queries], "queries", args)

    stages = {"bm25": [], "vector": [], "fused": []}
    k = min(args.candidates, len(ids))
    for query, vector in zip(queries, asked):
        terms = bm25s.tokenize([query["text"]], stopwords="en", stemmer=stemmer, show_progress=False)
        found, scores = retriever.retrieve(terms, k=k, show_progress=False)
        words = [(int(i), float(s)) for i, s in zip(found[0], scores[0]) if s > 0]
        cosine = vectors @ vector
        near = [(int(i), float(cosine[i])) for i in np.argsort(-cosine, kind="stable")[:k]]
        fused = {}
        for ranking in (words, near):
            for rank, (i, _) in enumerate(ranking, 1):
                fused[i] = fused.get(i, 0) + 1 / (args.k + rank)
        both = sorted(fused.items(), key=lambda item: -item[1])
        for name, ranking in (("bm25", words), ("vector", near), ("fused", both)):
            stages[name] += [ir_measures.ScoredDoc(query["_id"], ids[i], s) for i, s in ranking]
    measures = {"ndcg10": nDCG @ 10, "recall100": R @ 100, "mrr": RR @ 10}
    result = {"folder": args.folder, "queries": len(queries), "embedded_s": round(embedded_s, 1), "stages": {}}
    for name, run in stages.items():
        values = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
        result["stages"][name] = {label: round(values[measure], 4) for label, measure in measures.items()}
    if args.run:
        with open(args.run, "w", encoding="utf-8") as file:
            for doc in stages["fused"]:
                file.write(f"{doc.query_id} Q0 {doc.doc_id} 0 {doc.score:.8f} peer\n")
    print(json.dumps(result))


main()
