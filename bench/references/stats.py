"""Makes src/stats/references.json: values of the reference implementations that stats' tests compare with.

    pip install ir_measures==0.4.3 pytrec-eval-terrier==0.5.11 numpy==2.4.6
    python bench/references/stats.py > src/stats/references.json

Retrieval measures by ir_measures over trec_eval; answers by SQuAD's evaluate-v1.1.py, whose functions are below
as published; percentiles by NumPy.
"""

import json
import random
import re
import string
from collections import Counter

import ir_measures
import numpy
from ir_measures import RR, R, nDCG


def normalize_answer(s):
    def remove_articles(text):
        return re.sub(r"\b(a|an|the)\b", " ", text)

    def white_space_fix(text):
        return " ".join(text.split())

    def remove_punc(text):
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    return white_space_fix(remove_articles(remove_punc(s.lower())))


def f1_score(prediction, ground_truth):
    prediction_tokens = normalize_answer(prediction).split()
    ground_truth_tokens = normalize_answer(ground_truth).split()
    common = Counter(prediction_tokens) & Counter(ground_truth_tokens)
    num_same = sum(common.values())
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(prediction_tokens)
    recall = 1.0 * num_same / len(ground_truth_tokens)
    return (2 * precision * recall) / (precision + recall)


rng = random.Random(7)
retrieval = []
for case in range(60):
    documents = [f"d{i}" for i in range(rng.randint(1, 150))]
    graded = case % 2 == 1
    gains = {d: (rng.randint(0, 3) if graded else rng.randint(0, 1)) for d in rng.sample(documents, rng.randint(1, min(25, len(documents))))}
    ranking = rng.sample(documents, rng.randint(1, len(documents)))
    run = [ir_measures.ScoredDoc("q", d, float(len(ranking) - i)) for i, d in enumerate(ranking)]
    qrels = [ir_measures.Qrel("q", d, g) for d, g in gains.items()]
    measures = {"ndcg10": nDCG @ 10, "recall100": R @ 100, "mrr10": RR @ 10}
    values = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    retrieval.append({"gains": gains, "ranking": ranking, **{name: values[m] for name, m in measures.items()}})

words = ["the", "A", "leave", "days,", "five", "5", "U.S.", "(net)", "well-being", "an", "Café", "don't", "€20", "is"]
answers = []
for _ in range(60):
    prediction = " ".join(rng.choices(words, k=rng.randint(0, 6)))
    references = [" ".join(rng.choices(words, k=rng.randint(1, 5))) for _ in range(rng.randint(1, 3))]
    answers.append({
        "prediction": prediction,
        "references": references,
        "normal": normalize_answer(prediction),
        "f1": max(f1_score(prediction, r) for r in references),
        "exact": int(any(normalize_answer(prediction) == normalize_answer(r) for r in references)),
    })

percentiles = []
for _ in range(20):
    values = [round(rng.uniform(-5, 5), 3) for _ in range(rng.randint(1, 30))]
    p = rng.choice([0, 5, 50, 95, 99, 100])
    percentiles.append({"values": values, "p": p, "value": float(numpy.percentile(values, p))})

print(json.dumps({
    "versions": {"ir_measures": ir_measures.__version__, "pytrec-eval-terrier": "0.5.11", "numpy": numpy.__version__},
    "retrieval": retrieval,
    "answers": answers,
    "percentiles": percentiles,
}))
