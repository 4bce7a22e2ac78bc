"""Loss and LoRA gradients of a Llama-type model by PyTorch, transformers and PEFT, for src/tensor/decoder.slow.test.ts.

    node --conditions=pawl-source src/tensor/references/export.ts MODEL.gguf FOLDER
    python src/tensor/references/lora.py FOLDER > src/tensor/references/lora.json

FOLDER holds the weights that pawl's own GGUF reader dequantised, so that both sides start from the same float32 numbers.
The LoRA matrices and the vectors on which gradients are projected come from an integer formula, the same on both sides.
"""

import json
import sys

import numpy as np
import peft
import torch
import transformers

# Three short chats as SmolLM2's template and tokenizer have them, and where the answer begins.
ROWS = [
    ([1, 4093, 198, 2427, 1072, 260, 4608, 1440, 335, 12397, 47, 2, 198, 1, 520, 9531, 198,
      504, 4608, 10573, 418, 7462, 263, 23, 17466, 30, 2, 198], 17),
    ([1, 4093, 198, 5820, 253, 3925, 30, 2, 198, 1, 520, 9531, 198, 23876, 667, 2, 198], 13),
    ([1, 4093, 198, 10576, 4150, 45295, 47, 2, 198, 1, 520, 9531, 198, 48699, 1682, 45811, 12673, 42839, 4150, 357, 30,
      2, 198], 13),
]
LENGTH = 32
RANK, ALPHA = 8, 16


def numbers(count, seed):
    """In [-1, 1), exactly representable: a multiplicative hash of the index (Knuth, TAOCP 3, 6.4)."""
    index = np.arange(count, dtype=np.uint64) + np.uint64(seed * 1_000_003 + 1)
    hashed = (index * np.uint64(2_654_435_761)) & np.uint64(0xFFFFFFFF)
    hashed = ((hashed ^ (hashed >> np.uint64(15))) * np.uint64(2_246_822_519)) & np.uint64(0xFFFFFFFF)
    return (hashed >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def main(folder):
    torch.set_num_threads(2)
    torch.manual_seed(0)
    base = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = peft.get_peft_model(base, peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=names, lora_dropout=0.0))
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    order = []
    for layer in range(base.config.num_hidden_layers):
        for name in names:
            block = "self_attn" if name in names[:4] else "mlp"
            for side in ("lora_A", "lora_B"):
                order.append(f"base_model.model.model.layers.{layer}.{block}.{name}.{side}.default.weight")
    assert sorted(order) == sorted(trained), "the adapter's tensors are not named as expected"
    for seed, name in enumerate(order):
        value = trained[name]
        with torch.no_grad():
            value.copy_(torch.tensor(numbers(value.numel(), seed) * 0.02, dtype=torch.float32).reshape(value.shape))
    tokens = np.zeros((len(ROWS), LENGTH), dtype=np.int64)
    mask = np.zeros_like(tokens)
    labels = np.full_like(tokens, -100)
    for row, (ids, start) in enumerate(ROWS):
        tokens[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
        labels[row, start : len(ids)] = ids[start:]
    model = model.double()
    torch.Tensor.float = lambda self: self  # transformers would take the logits back to float32
    loss = model(
        input_ids=torch.tensor(tokens), attention_mask=torch.tensor(mask), labels=torch.tensor(labels)
    ).loss
    loss.backward()
    gradients = []
    for seed, name in enumerate(order):
        gradient = trained[name].grad.numpy().ravel()
        projection = float(gradient @ numbers(gradient.size, 10_000 + seed))
        gradients.append([float(np.linalg.norm(gradient)), projection])
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
    print(json.dumps({"versions": versions, "rank": RANK, "alpha": ALPHA, "rows": ROWS, "length": LENGTH,
                      "loss": loss.item(), "gradients": gradients}))


main(sys.argv[1])
