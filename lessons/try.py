"""Ask the models a question of your own, side by side.

    python lessons/try.py                                       a prompt at which you type one question after another
    python lessons/try.py "Where does Anna live?"               one question, for scripts
    python lessons/try.py --adapter results/17_the_lab/lora.pt  an adapter beside the models
    python lessons/try.py --temperature 0.8 --top-p 0.9         drawn at random, and not always the likeliest token

In a question \\n stands for a new line, so that a whole template fits into one argument.
"""

import argparse
from pathlib import Path

from lesson import RESULTS, end_in_one_sentence
from screen import fill

from tinyllm import InputError, Tokenizer, Transformer, generate
from tinyllm.check import require
from tinyllm.checkpoint import load_model
from tinyllm.data import WORLD
from tinyllm.peft import load_adapter

INSTRUCT = RESULTS / "05_instruction_tuning" / "instruct"


def saved_models() -> dict[str, Path]:
    """The folders of the models that are there: the base model, the instruct model, and those that other lessons kept."""
    kept = {f"{folder.parent.name}/{folder.name}": folder for folder in sorted(RESULTS.glob("*/all_but_*"))}
    found = {"base": WORLD / "base", "instruct": INSTRUCT, **kept}
    return {name: folder for name, folder in found.items() if (folder / "weights.pt").is_file()}


def with_adapter(path: str) -> Transformer:
    """The adapter on the model that it was trained on, which is found by trying. Raises InputError if none fits."""
    refused = InputError(f"There is no model to put {path} on.")
    for folder in saved_models().values():
        try:
            return load_adapter(load_model(folder)[0], path)
        except InputError as error:
            refused = error
    raise refused


def with_same_tokens(folder: str, tokenizer: Tokenizer) -> Transformer:
    """The model in a folder. Raises InputError if it reads other tokens than the base model."""
    model, own = load_model(folder)
    require(own.to_json() == tokenizer.to_json(), f"The model in {folder} has tokens of its own, so it cannot be asked beside "
            "the base model; load it by tinyllm.checkpoint.load_model.")
    return model


def answer(model, tokenizer: Tokenizer, question: str, options: argparse.Namespace) -> str:
    """What a model writes after the question."""
    written = generate(model, [tokenizer.encode(question)], options.max_new_tokens, temperature=options.temperature,
                       top_k=options.top_k, top_p=options.top_p, stop=tokenizer.end_id, seed=options.seed)
    return tokenizer.decode(written[0]).strip()


def ask_all(models: dict, tokenizer: Tokenizer, question: str, options: argparse.Namespace):
    """Print what each model writes."""
    for name, model in models.items():
        print(fill(f"  {name + ':':10} {answer(model, tokenizer, question, options)!r}", " " * 13), flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", nargs="?", help="one question; without it you are asked for questions")
    parser.add_argument("--model", action="append", default=[], metavar="FOLDER", help="a model that save_model wrote")
    parser.add_argument("--adapter", action="append", default=[], metavar="FILE", help="an adapter that save_adapter wrote")
    parser.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token; 1 draws by the odds")
    parser.add_argument("--top-k", type=int, help="draw among this many of the likeliest tokens")
    parser.add_argument("--top-p", type=float, help="draw among the likeliest tokens that have this share of the odds together")
    parser.add_argument("--max-new-tokens", type=int, default=40, help="the longest answer")
    parser.add_argument("--seed", type=int, help="the same seed draws the same answer")
    return parser.parse_args()


def main():
    """Load the models, and answer the question of the command line or those that are typed."""
    end_in_one_sentence()
    options = parse()
    models, tokenizer = {}, load_model(WORLD / "base")[1]
    models["base"] = load_model(WORLD / "base")[0]
    if INSTRUCT.is_dir():
        models["instruct"] = load_model(INSTRUCT)[0]
    else:
        print("There is no instruct model yet; make it with: python lessons/05_instruction_tuning.py")
    models |= {Path(path).name: with_same_tokens(path, tokenizer) for path in options.model}
    models |= {Path(path).stem: with_adapter(path) for path in options.adapter}
    if options.question is not None:
        ask_all(models, tokenizer, options.question.replace("\\n", "\n"), options)
        return
    print("Type a question about the small world, or the beginning of a text. An empty line ends it.")
    while question := input("\n> ").replace("\\n", "\n"):
        try:
            ask_all(models, tokenizer, question, options)
        except InputError as error:  # too long a question is no reason to lose the models
            print(error)


if __name__ == "__main__":
    try:
        main()
    except EOFError:  # the input has ended
        print()
