"""Exercise: what a model reads, and what it must predict.

Lesson 1 shows the two lists that instruction tuning trains on: the ids that the model reads, and below each the id that it
must predict there, with no loss on the prompt. Here you make them, in about 5 lines. All other methods of the tokenizer are
the library's.
"""

from tinyllm.tokenizer import IGNORE

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    "The prompt has 4 tokens and the completion has 3. How many ids does the model read (a whole number)?": None,
    "The prompt has 4 tokens and the completion has 3. At how many places is there a loss (a whole number)?": None,
    "The prompt has 4 tokens. At which place, counted from 0, is the completion's first token to be predicted?": None,
}


class Tokenizer:
    """Text to token ids and back. Of this class you write `render` alone, and use what the library gives it:

        self.encode(text)    the token ids of a text, a list, with nothing added
        self.end_id          the id of END, the token that ends a completion
    """

    def render(self, prompt: str, completion: str) -> tuple[list[int], list[int]]:
        """What a model trains on: the list of ids that it reads, and a list of as many targets.

        Prompt and completion are encoded each on its own, so that the prompt has the same tokens here as when the model is
        asked it later. END follows the completion, because the model must learn to stop. It is predicted but never read.
        At each place the target is the id that comes next in the text. Where the next token still belongs to the prompt, the
        target is IGNORE, since the prompt is not to be learnt.

        The prompt "The soup" of two tokens and the completion " was cold" of two tokens give

            ids       The      soup    was    cold
            targets   IGNORE   was     cold   END

        The prompt has at least one token.
        """
        raise NotImplementedError
