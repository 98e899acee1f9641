"""What tests/test_distributed.py starts with torchrun: one small training, whose weights are written to a file.

    python -m torch.distributed.run --nproc-per-node=2 tests/distributed_run.py OUT '{"steps": 50, ...}'
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch

torch.set_num_threads(1)


def main():
    import tinyllm.distributed
    from tinyllm import Config, TrainConfig, Trainer, Transformer
    from tinyllm.distributed import leave, whole
    from tinyllm.peft import add_lora
    out, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    tinyllm.distributed.SECONDS = options.get("seconds", 60)
    torch.manual_seed(0)
    model = Transformer(Config(vocab_size=60, n_layers=2, n_heads=2, width=16, context=64))
    if options.get("lora"):
        add_lora(model, 4, 8, "all")
    draw = torch.Generator().manual_seed(1)
    lengths = torch.randint(3, 30, (41,), generator=draw).tolist()
    texts = [torch.randint(0, 60, (length,), generator=draw).tolist() for length in lengths]
    examples = [([*ids], [-100] * (len(ids) // 2) + ids[len(ids) // 2:]) for ids in texts]
    names = "batch_size", "piece_tokens", "together", "keep_less", "out"
    passed_on = {name: options[name] for name in names if name in options}
    config = TrainConfig(**{"epochs": options.get("epochs", 10), "batch_size": 8, "device": "cpu", "precision": "float32",
                            "learning_rate": 3e-3, "resume": "out" in options, "save_every": 5, **passed_on})

    def after(step):
        if options.get("kill") == step and trainer.team.rank == options.get("who", 0):
            os.kill(os.getpid(), signal.SIGKILL)
    trainer = Trainer(model, config)
    history = trainer.fit(examples, after_step=after)
    weights = whole({name: p.detach() for name, p in model.named_parameters() if p.requires_grad})
    if trainer.team.is_first:
        torch.save({"weights": weights, "loss": history.train_loss}, out)
    leave()


if __name__ == "__main__":
    main()
