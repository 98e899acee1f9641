"""Mistakes to make on purpose: change one line of the library, predict what breaks, and let a test say it.

    python tests/mistakes.py                 lists them, lesson by lesson
    python tests/mistakes.py no-mask         makes this one in a copy of the repository, and runs its test there

Each lesson ends with its own. `python -m pytest tests/test_mistakes.py` makes every one of them in a copy, and holds
that the test fails with the sentence that stands here.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Mistake:
    """One change of one file. old: a piece of the file that stands there exactly once. predict: a question to answer first.

    message: what the test then says; it may be the beginning of a longer sentence.
    """

    lesson: int
    name: str
    file: str
    old: str
    new: str
    predict: str
    test: str
    message: str

    @property
    def command(self) -> str:
        return f"python -m pytest {self.test}"


MISTAKES = [
    Mistake(1, "no-shift", "tinyllm/tokenizer.py",
            "targets = [IGNORE] * (len(prompt_ids) - 1) + completion_ids",
            "targets = [IGNORE] * len(prompt_ids) + completion_ids[:-1]",
            "Now each token is its own target. What would a model learn that is trained so?",
            "tests/test_tokenizer.py::test_targets_are_shifted_by_exactly_one",
            "the prompt's last token must predict the completion's first"),
    Mistake(1, "no-end", "tinyllm/tokenizer.py",
            "completion_ids = [*self.encode_completion(completion), self.end_id]",
            "completion_ids = self.encode_completion(completion)",
            "What will a model trained so do after its answer?",
            "tests/test_tokenizer.py::test_the_loss_is_on_the_completion_and_the_end_token_alone",
            "targets must be exactly the completion and then the end token: without the end the model never learns to stop"),
    Mistake(2, "no-mask", "tinyllm/model.py",
            "q, k, v, mask, is_causal=mask is None)", "q, k, v, mask, is_causal=False)",
            "Each token now sees the later ones too. Will the training loss be higher or lower, and what will the model write?",
            "tests/test_model.py::test_no_token_sees_a_later_one",
            "a change at position 7 reached earlier positions: the causal mask is missing"),
    Mistake(2, "wrong-root", "tinyllm/model.py",
            "/ math.sqrt(q.shape[-1])", "/ math.sqrt(q.shape[-1] * q.shape[1])",
            "The scores are divided by sqrt(D) and no longer by sqrt(K). Does attention look more evenly or more sharply?",
            "tests/test_model.py::test_scores_are_divided_by_the_root_of_the_head_width",
            "scores are divided by sqrt(K), the root of a head's width: not by sqrt(D), and not by nothing"),
    Mistake(2, "no-position", "tinyllm/model.py",
            "return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)", "return torch.cat((a, b), dim=-1)",
            "No position is told any more. Can the model still tell “dog bites man” from “man bites dog”?",
            "tests/test_model.py::test_the_order_of_earlier_tokens_matters",
            "without positions a layer of attention reads a bag of words"),
    Mistake(3, "mean-of-padding", "tinyllm/trainer.py",
            "n_targets = sum(int((torch.as_tensor(targets) != IGNORE).sum()) for _, targets in batch)",
            "n_targets = sum(len(targets) for _, targets in batch)",
            "The loss is divided by all positions, those without a target too. Which examples now count for less?",
            "tests/test_trainer.py::test_the_loss_of_a_step_is_the_mean_over_the_target_tokens_of_its_whole_batch",
            "the loss of a step is the mean over its targets: positions without a target do not count, and no piece is left out"),
    Mistake(3, "no-warmup", "tinyllm/trainer.py",
            "return config.learning_rate * (step + 1) / warmup", "return config.learning_rate",
            "The rate no longer rises from 0. When would that hurt?",
            "tests/test_trainer.py::test_the_rate_rises_then_falls_along_a_cosine",
            "in the warmup the rate rises from 0 in equal steps"),
    Mistake(3, "windows-overlap", "tinyllm/batches.py",
            "start = i * self.length", "start = i * (self.length - 1)",
            "Two windows now share a token. What is then counted twice?",
            "tests/test_data.py::test_packed_text_predicts_every_token_once_and_in_order",
            "the windows lie end to end: no token is read twice, and none is skipped"),
    Mistake(4, "no-answers", "tinyllm/prompting.py",
            'fill(layout, {"input": text, "output": answer})', 'fill(layout, {"input": text, "output": ""})',
            "The examples have lost their answers. Which score of the lesson falls furthest?",
            "tests/test_prompting.py::test_shots_come_first_and_the_query_ends_where_its_answer_starts",
            "a shot is a solved example: it shows its answer"),
    Mistake(4, "query-first", "tinyllm/prompting.py",
            "[heading, *solved, question] if heading else [*solved, question]",
            "[heading, question, *solved] if heading else [question, *solved]",
            "The question now stands first. What does the model go on with?",
            "tests/test_prompting.py::test_shots_come_first_and_the_query_ends_where_its_answer_starts",
            "the query stands last and is left open: the model goes on where the text ends"),
    Mistake(5, "substring", "tinyllm/metrics/accuracy.py",
            "strip(prediction) == strip(valid)", "str(strip(valid)) in str(strip(prediction))",
            "An answer now counts if the right one occurs in it. How can one get 1.0 on every task with labels?",
            "tests/test_accuracy.py::test_capitals_and_substrings_are_not_the_answer",
            "an answer is right if it equals the reference: who lists all labels must not be right every time"),
    Mistake(5, "prompt-learnt", "tinyllm/tokenizer.py",
            "targets = [IGNORE] * (len(prompt_ids) - 1) + completion_ids",
            "targets = prompt_ids[1:] + completion_ids",
            "The loss is computed on the prompt too. Does a smaller or a larger share of it come from the answers?",
            "tests/test_tokenizer.py::test_targets_are_shifted_by_exactly_one",
            "a target before that would teach the prompt"),
    Mistake(6, "lost-of-the-new", "tinyllm/forgetting.py",
            "return mean_score(before.old) - mean_score(self.old)", "return mean_score(before.new) - mean_score(self.new)",
            "What would the plane of gain and loss look like?",
            "tests/test_forgetting.py::test_what_is_lost_is_the_old_tasks_score_before_minus_after",
            "forgetting is what the old tasks lose; the new one gains"),
    Mistake(6, "switch-that-leaves-something", "tinyllm/peft/parts.py",
            "place(model, {path: part.base for path, part in parts_of(model, kind).items()})",
            "place(model, {path: part.base for path, part in list(parts_of(model, kind).items())[1:]})",
            "One part stays on when the others are taken off. Which claim of the lesson becomes false?",
            "tests/test_lora.py::test_unmerging_and_removing_restore_bit_for_bit",
            "after remove_lora a LoRA layer is still on the model"),
    Mistake(7, "one-template", "tinyllm/data.py",
            "fill(draw.choice(templates), example.fields)", "fill(templates[0], example.fields)",
            "Every example now has the same wording. Which column of the second table changes, and which way?",
            "tests/test_data.py::test_instructions_are_reproducible_and_use_every_template",
            "every template is used: with one wording alone the model learns that wording"),
    Mistake(7, "other-seeds", "tinyllm/data.py",
            "draw = random.Random(seed)\n    return [(fill", "draw = random.Random()\n    return [(fill",
            "The wordings are drawn anew each time. What can no longer be said of two runs?",
            "tests/test_data.py::test_instructions_are_reproducible_and_use_every_template",
            "the same seed draws the same templates, or no run can be repeated"),
    Mistake(8, "no-clipping", "tinyllm/metrics/rouge.py",
            "            left[gram] -= 1\n", "",
            "A word of the reference can now be matched any number of times. What does “cold cold cold cold” get?",
            "tests/test_rouge.py::test_repeated_words_are_counted_once_for_each_time_the_reference_has_them",
            "matches are not clipped: the reference has “cold” once, so it can match once"),
    Mistake(8, "recall-for-precision", "tinyllm/metrics/rouge.py",
            "precision, recall = matches / in_prediction, matches / in_reference",
            "precision, recall = matches / in_reference, matches / in_prediction",
            "Precision and recall are swapped. F1 stays the same, so who would notice?",
            "tests/test_rouge.py::test_precision_divides_by_the_prediction_and_recall_by_the_reference",
            "precision and recall are swapped"),
    Mistake(8, "contiguous", "tinyllm/metrics/rouge.py",
            "row[j] = above[j] if above[j] > row[j - 1] else row[j - 1]", "row[j] = 0",
            "No other words may stand between the common ones any more. What does ROUGE-L of the course's example become?",
            "tests/test_rouge.py::test_the_table_is_the_one_of_the_course",
            "a subsequence may have gaps: where the words differ the length found so far stays"),
    Mistake(9, "arithmetic-mean", "tinyllm/metrics/bleu.py",
            "return math.exp(sum(map(math.log, values)) / len(values))", "return sum(values) / len(values)",
            "The precisions are now averaged as one averages marks. Is BLEU higher or lower?",
            "tests/test_bleu.py::test_the_mean_is_geometric",
            "the precisions are averaged geometrically: of 80 and 20 that is 40, and the arithmetic mean would be 50"),
    Mistake(9, "penalty-for-long", "tinyllm/metrics/bleu.py",
            "if predicted >= reference:", "if predicted <= reference:",
            "Who is punished now?",
            "tests/test_bleu.py::test_a_short_prediction_is_penalised_and_a_long_one_is_not",
            "the penalty is upside down: who writes less than the reference pays, by exp(1 - r / c)"),
    Mistake(9, "shortest-reference", "tinyllm/metrics/bleu.py",
            "return min(reference_lengths, key=lambda other: (abs(other - length), other))",
            "return min(reference_lengths)",
            "The shortest reference decides the brevity penalty, not the closest one. Which translations gain?",
            "tests/test_bleu.py::test_the_reference_closest_in_length_counts_and_the_shorter_of_two",
            "the reference closest in length decides the penalty, not the shortest"),
    Mistake(10, "favours-short", "tinyllm/benchmarks/asking.py",
            "return total / is_target.sum(dim=1) if normalize else total", "return total",
            "Choices are compared by the sum of their log probabilities, whatever their length. Which ones win?",
            "tests/test_suite.py::test_without_normalisation_long_choices_lose",
            "normalized means: per token, so that a long choice is not the less likely"),
    Mistake(10, "end-counts", "tinyllm/benchmarks/asking.py",
            "rows = [(ids[:-1], targets[:-1]) for ids, targets in rendered]", "rows = rendered",
            "The END after a choice is counted as a part of it. Is that wrong, and would a score show it?",
            "tests/test_suite.py::test_a_choice_is_scored_by_its_tokens_alone_whatever_stands_beside_it_in_the_batch",
            "a choice is scored by its own tokens alone: not by the text before it, nor by END or padding after it"),
    Mistake(11, "one-moment", "tinyllm/memory.py",
            "optimizer=2 * trained", "optimizer=trained",
            "AdamW is said to keep one number for each weight. Which optimizer would that be?",
            "tests/test_memory.py::test_gradients_and_optimizer_state_are_of_the_trained_share_only",
            "AdamW holds two moments, 8 bytes, for each trained number"),
    Mistake(11, "frozen-gradients", "tinyllm/memory.py",
            "trained = sum(bytes_of(p) for p in model.parameters() if p.requires_grad)",
            "trained = sum(bytes_of(p) for p in model.parameters())",
            "Frozen weights are said to have gradients. By how much does LoRA then save memory?",
            "tests/test_memory.py::test_gradients_and_optimizer_state_are_of_the_trained_share_only",
            "a gradient is 4 bytes for each trained number, and frozen ones have none"),
    Mistake(12, "norms-too", "tinyllm/peft/selective.py",
            'return freeze(model, "*.bias")', 'return freeze(model, "*.bias", "*norm.weight")',
            "How many more weights does BitFit train now?",
            "tests/test_selective.py::test_bitfit_trains_no_norm_and_no_matrix",
            "BitFit trains the biases and nothing else; these train too"),
    Mistake(12, "first-layers", "tinyllm/peft/selective.py",
            "for i in range(n_layers - count, n_layers)]", "for i in range(count)]",
            "Now the first layers train. Is a step cheaper or dearer than with the last ones?",
            "tests/test_selective.py::test_the_last_layers_are_the_last_and_bring_the_norm_behind_them",
            "the last layers are those nearest to the output"),
    Mistake(13, "alpha-alone", "tinyllm/peft/lora.py",
            "self.rank, self.alpha, self.scale = rank, alpha, alpha / rank",
            "self.rank, self.alpha, self.scale = rank, alpha, alpha",
            "The update is no longer divided by the rank. What happens to a good learning rate when the rank doubles?",
            "tests/test_lora.py",
            "h must be W x + (alpha / R) B A x"),
    Mistake(13, "both-zero", "tinyllm/peft/lora.py",
            "        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))  # from -1 / sqrt(in) to 1 / sqrt(in)\n",
            "        nn.init.zeros_(self.A)\n",
            "A and B both start at zero. What does LoRA learn?",
            "tests/test_lora.py::test_exactly_one_of_the_factors_starts_at_zero",
            "A and B both start at zero, so neither ever gets a gradient"),
    Mistake(13, "merge-without-scale", "tinyllm/peft/lora.py",
            "self.base.weight.add_(self.update())", "self.base.weight.add_(self.B @ self.A)",
            "The scale is forgotten when merging. At which alpha would nobody notice?",
            "tests/test_lora.py::test_merging_a_layer_adds_the_scaled_update_and_twice_adds_it_once",
            "W must be W + (alpha / R) B A: with the scale, and once"),
    Mistake(14, "no-residual", "tinyllm/peft/adapter.py",
            "return h + self.up(F.gelu(self.down(h)))", "return self.up(F.gelu(self.down(h)))",
            "The adapter no longer adds to what it reads. What does the model write before any training?",
            "tests/test_adapter.py::test_a_new_adapter_is_the_identity_and_a_missing_residual_would_show",
            "the residual is missing: what the layer computed is lost, x must be added to up(gelu(down(x)))"),
    Mistake(14, "random-start", "tinyllm/peft/adapter.py",
            "        nn.init.zeros_(self.up.weight)\n", "",
            "The second layer starts at random. Is the model at the first step still the one that was pre-trained?",
            "tests/test_adapter.py::test_a_new_adapter_is_the_identity_and_a_missing_residual_would_show",
            "the up-projection, bias included, must start at zero, so that training starts from the base"),
    Mistake(15, "prompt-not-cut-off", "tinyllm/peft/soft_prompt.py",
            "[:, -ids.shape[1]:]", "",
            "The logits of the soft prompt's own positions are returned too. With which targets are they compared?",
            "tests/test_soft_prompt.py::test_the_vectors_are_prepended_to_the_text_and_not_added_to_it",
            "there is one score for every token of the text: the prompt's positions are sliced off"),
    Mistake(15, "added", "tinyllm/peft/soft_prompt.py",
            "x = torch.cat((prompt, x), dim=1)  # (B, P + T, D)",
            "x = x + prompt.mean(dim=1, keepdim=True)",
            "The prompt is added to every token instead of standing in front. Is that still prompt tuning?",
            "tests/test_soft_prompt.py::test_the_vectors_are_prepended_to_the_text_and_not_added_to_it",
            "s_1 .. s_P must stand in front of the embedded text. Added to it, or put behind it, they give other logits"),
    Mistake(16, "not-taken-off", "tinyllm/peft/switching.py",
            "        take_off(self.model)\n        self.active = name\n", "        self.active = name\n",
            "The old adapter is not taken off before the new one comes. What answers a question then?",
            "tests/test_saved.py::test_each_computes_what_it_did_alone_whatever_was_on_before",
            "computes something else than it did alone"),
    Mistake(16, "no-fingerprint", "tinyllm/peft/saved.py",
            'is_our_base = fingerprint(model, without=weights) == content["base"]', "is_our_base = True",
            "An adapter is loaded onto whatever model is there. Does anything raise an error?",
            "tests/test_saved.py::test_one_changed_weight_is_another_base",
            "DID NOT RAISE"),
    Mistake(17, "lines-ignored", "tinyllm/metrics/rouge.py",
            "if len(predicted) == len(wanted) == 1:", "if predicted and wanted:",
            "ROUGE-Lsum now looks at the first sentence only. For which summaries does that change nothing?",
            "tests/test_rouge.py::test_lines_are_sentences_for_rouge_lsum_alone",
            "ROUGE-Lsum compares each line with every line of the other text"),
    Mistake(17, "first-reference", "tinyllm/metrics/rouge.py",
            "scores = [scores_with_one(prediction, text, kinds, stem) for text in references]",
            "scores = [scores_with_one(prediction, text, kinds, stem) for text in references[:1]]",
            "Only the first of several references counts. Whose score falls?",
            "tests/test_rouge.py::test_of_several_references_each_kind_takes_its_best",
            "each kind takes its best reference"),
]


def copy_of(folder: Path) -> Path:
    """The repository in another folder, without what a run left behind."""
    for name in ("tinyllm", "lessons", "tests", "data", "pyproject.toml", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "corpus.txt.gz"))
        else:
            shutil.copy(source, folder)
    return folder


def make(mistake: Mistake, folder: Path):
    """Make the change in the copy that stands in this folder."""
    path = folder / mistake.file
    text = path.read_text(encoding="utf-8")
    if text.count(mistake.old) != 1:
        raise SystemExit(f"{mistake.file} must hold this exactly once, or the mistake cannot be made: {mistake.old!r}")
    path.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")


def run_test(mistake: Mistake, folder: Path) -> subprocess.CompletedProcess:
    """Run the mistake's test in the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider", *mistake.test.split()]
    alone = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)


def says(done: subprocess.CompletedProcess) -> str:
    """What the test says, in one line, without pytest's marks."""
    return " ".join(re.sub(r"^E +", "", done.stdout, flags=re.MULTILINE).split())


def main():
    """List the mistakes, or make the one that is named in a copy and show what its test says."""
    named = {mistake.name: mistake for mistake in MISTAKES}
    if len(sys.argv) != 2 or sys.argv[1] not in named:
        for mistake in MISTAKES:
            print(f"lesson {mistake.lesson:2}  {mistake.name:30}{mistake.predict}")
        raise SystemExit(f"There is no mistake {sys.argv[1]!r}; the names stand above." if len(sys.argv) > 1 else 0)
    mistake = named[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        make(mistake, copy_of(Path(folder)))
        print(f"{mistake.predict}\n\n{run_test(mistake, Path(folder)).stdout}")


if __name__ == "__main__":
    main()
