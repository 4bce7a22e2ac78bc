"""One LoRA training step by PyTorch + PEFT, asked for by bench/tune.ts, one line of JSON for each line read.

    python tune.py MODEL_FOLDER PEFT_FOLDER --threads 2 --tokens 512 --rank 8 --alpha 16

`step N` trains on the last N tokens and answers with its seconds and loss; `logits` loads pawl's PEFT folder and answers with what the model then says;
`end` answers with the peak of memory.
"""

import argparse
import json
import resource
import sys
import time

import peft
import torch
import transformers

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def say(**answer):
    print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("peft")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=float, default=16)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    base = transformers.LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    base.config.use_cache = False
    config = peft.LoraConfig(r=options.rank, lora_alpha=options.alpha, target_modules=TARGETS, lora_dropout=0.0)
    model = peft.get_peft_model(base, config)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    tokens = torch.tensor([[(at * 7_919) % base.config.vocab_size for at in range(options.tokens)]])
    say(ready=True, torch=torch.__version__, transformers=transformers.__version__, peft=peft.__version__)

    for line in sys.stdin:
        asked = line.strip()
        if asked.startswith("step"):
            labels = tokens.clone()
            labels[:, : options.tokens - int(asked.split()[1])] = -100
            start = time.perf_counter()
            loss = model(input_ids=tokens, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            say(seconds=time.perf_counter() - start, cpu=time.process_time(), loss=loss.item())
        elif asked == "logits":
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the second model
            fresh = transformers.LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32)
            adapted = peft.PeftModel.from_pretrained(fresh, options.peft)
            with torch.no_grad():
                logits = adapted(input_ids=tokens).logits[0]
            chosen = torch.log_softmax(logits, -1)[:-1].gather(1, tokens[0, 1:, None])[:, 0]
            say(logProbabilities=chosen.tolist(), peakMemoryMb=memory)
        else:
            return


main()
