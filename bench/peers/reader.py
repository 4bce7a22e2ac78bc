"""A BERT-type encoder with a span head by transformers, asked by bench/reader.ts, one line of JSON for each line read.

    python reader.py FOLDER WEIGHTS --threads 2

FOLDER holds `config.json`, WEIGHTS is its safetensors file. A line is a list of texts (`tokens`, and from which on they are the
passage's); the answer is the milliseconds of one padded batch through the encoder and a head of three numbers a token.
"""

import argparse
import json
import sys
import time

import torch
import transformers
from safetensors.torch import load_file


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("weights")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = transformers.BertModel(transformers.BertConfig.from_pretrained(options.folder), add_pooling_layer=False)
    model.load_state_dict(load_file(options.weights), strict=False)
    model.eval()
    head = torch.nn.Linear(model.config.hidden_size, 3)
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)

    for line in sys.stdin:
        texts = json.loads(line)
        start = time.perf_counter()
        width = max(len(text["tokens"]) for text in texts)
        tokens = torch.zeros(len(texts), width, dtype=torch.long)
        seen = torch.zeros_like(tokens)
        kinds = torch.zeros_like(tokens)
        for row, text in enumerate(texts):
            length = len(text["tokens"])
            tokens[row, :length] = torch.tensor(text["tokens"])
            seen[row, :length] = 1
            kinds[row, text["secondFrom"] : length] = 1
        with torch.inference_mode():
            hidden = model(input_ids=tokens, attention_mask=seen, token_type_ids=kinds).last_hidden_state
            head(hidden)
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)


if __name__ == "__main__":
    main()
