"""Ids and targets: shifted by one place, with no loss on the prompt."""

from itertools import pairwise

from tinyllm.tokenizer import IGNORE
from understanding.exercise import Exercise, Prediction


def letters(text="", vocab_size=257):
    """A tokenizer whose tokens are single characters, and what it joins in this text if the vocabulary is larger."""
    from tinyllm.tokenizer import Tokenizer
    return Tokenizer.train([text], vocab_size)


def rendered(prompt, completion, tokenizer=None):
    """The two lists as texts: a character each, or IGNORE, or END."""
    tokenizer = tokenizer or letters()

    def name(token_id):
        return "IGNORE" if token_id == IGNORE else "END" if token_id == tokenizer.end_id else tokenizer.decode([token_id])
    ids, targets = tokenizer.render(prompt, completion)
    return [name(int(i)) for i in ids], [name(int(i)) for i in targets]


def places_with_a_loss(prompt, completion):
    """Their numbers, counted from 0."""
    _, targets = rendered(prompt, completion)
    return [i for i, target in enumerate(targets) if target != "IGNORE"]


EXERCISE = Exercise(
    "loss_mask", lesson=1, module="tinyllm.tokenizer", title="ids and targets, with no loss on the prompt",
    hints=("Write the whole text down as one list first: prompt, completion, END. The model reads all of it but the last id, "
           "and the targets are all of it but the first.",
           "Then replace the targets that belong to the prompt by IGNORE. The prompt has P tokens, but its first one is nobody's "
           "target, so P - 1 targets are replaced.",
           "With prompt_ids, and completion_ids that end in self.end_id, ids is prompt_ids + completion_ids[:-1]. The targets "
           "are P - 1 times IGNORE and then all of completion_ids."),
    predictions=(
        Prediction("The prompt has 4 tokens and the completion has 3. How many ids does the model read (a whole number)?",
                   lambda: len(rendered("abcd", "efg")[0])),
        Prediction("The prompt has 4 tokens and the completion has 3. At how many places is there a loss (a whole number)?",
                   lambda: len(places_with_a_loss("abcd", "efg"))),
        Prediction("The prompt has 4 tokens. At which place, counted from 0, is the completion's first token to be predicted?",
                   lambda: places_with_a_loss("abcd", "efg")[0])))


@EXERCISE.asks("The model reads the prompt and then the completion. END is not read, since nothing follows it.",
               read="Ids and targets, made together")
def what_is_read():
    return rendered("abc", "xyz")[0], list("abcxyz")


@EXERCISE.asks("Each id that is read has one target.", read="Ids and targets, made together")
def one_target_for_each_id():
    ids, targets = rendered("abc", "xyz")
    return [len(ids), len(targets)], [6, 6]


@EXERCISE.asks("What is learnt is the completion, all of it and in its order, and then END.",
               read="Ids and targets, made together")
def what_is_learnt():
    return [target for target in rendered("abc", "xyz")[1] if target != "IGNORE"], ["x", "y", "z", "END"]


@EXERCISE.asks("The first place with a loss is the prompt's last token: there the completion's first token comes next.",
               read="Ids and targets, made together")
def where_the_loss_begins():
    return places_with_a_loss("abc", "xyz")[:1], [2]


@EXERCISE.asks("Each target is the id that comes next, and IGNORE where that id belongs to the prompt.",
               read="Ids and targets, made together")
def the_targets():
    return rendered("abc", "xyz")[1], ["IGNORE", "IGNORE", "x", "y", "z", "END"]


@EXERCISE.asks("After a prompt of one token there is a loss at every place.", read="Ids and targets, made together")
def a_prompt_of_one_token():
    return rendered("a", "x"), (["a", "x"], ["x", "END"])


@EXERCISE.asks("A token of the completion is learnt even if the prompt holds the same token: it is its place that counts.",
               read="Ids and targets, made together")
def the_same_token_in_both():
    return rendered("abc", "cab")[1], ["IGNORE", "IGNORE", "c", "a", "b", "END"]


@EXERCISE.asks("Prompt and completion are encoded each on its own. Here a and b side by side would be one token, ab.",
               read="Ids and targets, made together")
def the_border_is_never_joined():
    return rendered("xa", "b", letters("ab ab", 258)), (["x", "a", "b"], ["IGNORE", "b", "END"])


END = "completion_ids = [*self.encode_completion(completion), self.end_id]"
IDS = "ids = prompt_ids + completion_ids[:-1]"
TARGETS = "targets = [IGNORE] * (len(prompt_ids) - 1) + completion_ids"
MASKED = "masked = [IGNORE] * len(prompt_ids) + completion_ids; "

EXERCISE.wrong("the targets are not shifted: each is the id that is read at its own place, and not the next one",
               (TARGETS, f"{MASKED}targets = masked[:-1]"))
EXERCISE.wrong("the targets are not shifted, and END is read as well, so each target is the id of its own place",
               (IDS, "ids = prompt_ids + completion_ids"), (TARGETS, f"{MASKED}targets = masked"))
EXERCISE.wrong("the targets are shifted twice, so each is the id after the next",
               (TARGETS, f"{MASKED}targets = [*masked[2:], IGNORE]"))
EXERCISE.wrong("the targets are shifted the wrong way, so each is the id before and not the next one",
               (TARGETS, f"{MASKED}targets = [IGNORE, *masked[:-2]]"))
EXERCISE.wrong("the prompt is learnt too, because no target is IGNORE",
               (TARGETS, "targets = prompt_ids[1:] + completion_ids"))
EXERCISE.wrong("the mask is the wrong way round: the prompt is learnt, and the completion is ignored",
               (TARGETS, "targets = prompt_ids[1:] + [IGNORE] * len(completion_ids)"))
EXERCISE.wrong("one target too few is IGNORE, so the prompt's last token is learnt as well",
               (TARGETS, "masked = [IGNORE] * (len(prompt_ids) - 1) + prompt_ids[-1:] + completion_ids; targets = masked[1:]"))
EXERCISE.wrong("one target too many is IGNORE, so the completion's first token is never learnt",
               (TARGETS, "targets = [IGNORE] * len(prompt_ids) + completion_ids[1:]"))
EXERCISE.wrong("END is left out, so the model never learns to stop", (END, "completion_ids = self.encode(completion)"))
EXERCISE.wrong("END is read as the last id, though no token follows that could be predicted from it",
               (IDS, "ids = prompt_ids + completion_ids"), (TARGETS, f"{MASKED}targets = [*masked[1:], IGNORE]"))
EXERCISE.wrong("END stands between prompt and completion, and not behind the completion",
               (END, "completion_ids = [self.end_id, *self.encode(completion)]"))
EXERCISE.wrong("IGNORE stands once for each token of the prompt, so there is one target more than there are ids",
               (TARGETS, "targets = [IGNORE] * len(prompt_ids) + completion_ids"))
EXERCISE.wrong("only the prompt is read: at the completion's later tokens nothing stands that they could be predicted from",
               (IDS, "ids = prompt_ids"))
EXERCISE.wrong("the prompt's targets are 0, which is the id of a real token, and not IGNORE",
               (TARGETS, "targets = [0] * (len(prompt_ids) - 1) + completion_ids"))
EXERCISE.wrong("a target is ignored wherever its token occurs in the prompt, and not by its place",
               (TARGETS, "targets = [IGNORE if i in prompt_ids else i for i in (prompt_ids + completion_ids)[1:]]"))
EXERCISE.wrong("prompt and completion are encoded as one text, where a token can reach over the border",
               (END, "completion_ids = [*self.encode(prompt + completion)[len(prompt_ids):], self.end_id]"),
               (IDS, "ids = self.encode(prompt + completion)"))
EXERCISE.wrong("a space is put between prompt and completion",
               (END, 'completion_ids = [*self.encode(" " + completion), self.end_id]'))


@EXERCISE.right("the whole text is cut twice, and a loop hides the prompt")
class _:
    class Tokenizer:
        def render(self, prompt, completion):
            n_prompt = len(self.encode(prompt))
            whole = [*self.encode(prompt), *self.encode(completion), self.end_id]
            targets = whole[1:]
            for i in range(n_prompt - 1):
                targets[i] = IGNORE
            return whole[:-1], targets


@EXERCISE.right("pairs of neighbours are walked through, and given back as tuples")
class _:
    class Tokenizer:
        def render(self, prompt, completion):
            before, after = self.encode(prompt), self.encode(completion)
            whole = before + after + [self.end_id]
            pairs = [(read, following if place >= len(before) else IGNORE)
                     for place, (read, following) in enumerate(pairwise(whole), start=1)]
            return tuple(zip(*pairs, strict=True))
