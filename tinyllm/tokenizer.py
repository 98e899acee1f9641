"""Text to token ids and back, and a prompt with its completion to the ids and targets of training.

A model reads numbers. So the tokenizer cuts a text into tokens and gives the number, the id, of each:

    text     Marta bakes bread.
    tokens   "Marta"  " b"  "akes"  " bread"  "."        a space belongs to the word that follows it
    ids      1527     264   877     1324      14

Which tokens there are is learnt by byte-pair encoding (BPE; Sennrich et al. 2016, section 3.2). It starts
with the 256 bytes as tokens (as in GPT-2, Radford et al. 2019, section 2.2), so it can write any text. Then
it joins the two tokens that stand side by side most often into a new token, and repeats this until the
vocabulary is full. So a common word becomes one token, and a rare word is several.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tokenizers import Tokenizer as Backend
from tokenizers import decoders, models, pre_tokenizers, trainers

from tinyllm.chat import END, Chat, Frame, continuing, read_chat
from tinyllm.check import InputError, require

IGNORE = -100  # a target without a loss; torch.nn.functional.cross_entropy skips this number by default

# ANSI codes: a terminal does not print them, it changes its colour. GREEN is black text on green.
GREEN, GREY, RESET = "\x1b[30;42m", "\x1b[90m", "\x1b[0m"


class Tokenizer:
    """A byte-level BPE with one special token, END. Make one with `Tokenizer.train` or `Tokenizer.load`.

    backend: a tokenizer of the `tokenizers` library, which does the work. chat: for a real model that was
    tuned for chats, the texts around a prompt. Raises InputError if it has no token that ends a text.
    """

    def __init__(self, backend: Backend, chat: Chat | None = None):
        self.backend, self.chat = backend, chat or Chat()
        check_backend(backend, self.chat.end)
        self.end_id = backend.token_to_id(self.chat.end)
        # True means, despite the name, that a typed "<|end|>" is read as seven characters, and not as END.
        backend.encode_special_tokens = True
        self.frame = Frame(backend, self.chat)  # encodes prompts
        self.continuing = continuing(backend)  # encodes what follows them

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int) -> "Tokenizer":
        """Learn from texts which tokens to join.

        vocab_size is the most tokens that there may be: END, the 256 bytes, and those that are joined. A
        small text gives fewer. Raises InputError for less than 257.
        """
        check_vocab_size(vocab_size)
        backend = Backend(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # cuts text into words
        backend.decoder = decoders.ByteLevel()  # puts the bytes of the tokens together to a text again
        # The library writes each byte as one printable character. These are all 256 of them.
        all_bytes = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size, special_tokens=[END], initial_alphabet=all_bytes, show_progress=False)
        backend.train_from_iterator(texts, trainer)
        return cls(backend)

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Read a tokenizer.json, and the chat.json beside it if there is one.

        Raises InputError if it is missing, or is no tokenizer with an END.
        """
        return cls(read_backend(Path(path)), read_chat(Path(path).with_name("chat.json")))

    def to_json(self) -> str:
        """The text of a tokenizer.json, which holds all but the chat format. Other libraries read it too."""
        return self.backend.to_str(pretty=True)

    def files(self) -> dict[str, str]:
        """The texts of the files that `load` reads, by name."""
        chat = {"chat.json": json.dumps(asdict(self.chat), indent=2) + "\n"} if self.chat != Chat() else {}
        return {"tokenizer.json": self.to_json(), **chat}

    @property
    def vocab_size(self) -> int:
        """How many tokens there are. Their ids are 0 to vocab_size - 1."""
        return self.backend.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """The token ids of a text, with nothing added. `decode(encode(text)) == text` for every text.

        (Only a tokenizer of SentencePiece's kind, as Llama 2 has, loses a space at the very beginning.)
        """
        return self.backend.encode(text, add_special_tokens=False).ids

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text. This is `encode` for many texts at once, on all cores."""
        return [encoding.ids for encoding in self.backend.encode_batch(texts, add_special_tokens=False)]

    def encode_prompts(self, prompts: Sequence[str]) -> list[list[int]]:
        """The token ids of each prompt as the model wants to be asked: in its chat format, if it has one."""
        check_prompts(prompts)
        return self.frame.encode(list(prompts))

    def encode_completion(self, completion: str) -> list[int]:
        """The token ids of a text that goes on where a prompt ends, in a chat as an answer of the chat.

        For the tokenizers that tinyllm trains this is the same as `encode`.
        """
        if self.chat.answer is not None:
            completion = self.chat.answer + completion.removeprefix(" ")
        return self.continuing.encode(completion, add_special_tokens=False).ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids; END is left out. Raises InputError for an id outside the vocabulary."""
        check_ids(ids, self.vocab_size)
        return self.backend.decode(list(ids), skip_special_tokens=True)

    def render(self, prompt: str, completion: str) -> tuple[list[int], list[int]]:
        """What a model trains on: the ids that it reads and, below each, the id that it must predict there.

        The prompt "The soup was cold." with the completion " negative" gives

            ids       The     soup    was     cold    .         negative
            targets   IGNORE  IGNORE  IGNORE  IGNORE  negative  END

        Each target is the id that comes next, so the targets are the same text moved by one place. At the
        prompt's last token the model must already predict the completion's first. At the tokens before it
        the target is IGNORE, because the prompt is not to be learnt. END is predicted but never read.

        Raises InputError for an empty prompt: nothing would stand before the first token to predict it from.
        """
        [prompt_ids] = self.encode_prompts([prompt])
        completion_ids = [*self.encode_completion(completion), self.end_id]
        check_prompt(prompt_ids)
        ids = prompt_ids + completion_ids[:-1]
        targets = [IGNORE] * (len(prompt_ids) - 1) + completion_ids
        return ids, targets

    def show(self, ids: Sequence[int], targets: Sequence[int]) -> str:
        """What `render` gave, in colour for a terminal: the prompt grey, each token with a loss on green."""
        first_learnt = next((i for i, target in enumerate(targets) if target != IGNORE), len(ids))
        prompt = "".join(self.piece(token) for token in ids[:first_learnt + 1])  # the last predicts a target
        completion = " ".join(f"{GREEN}{self.piece(t)}{RESET}" for t in targets if t != IGNORE)
        return f"{GREY}{prompt}{RESET} {completion}"

    def piece(self, token_id: int) -> str:
        """The text of one token, or the name of END. A part of a character is shown as the sign U+FFFD."""
        return self.chat.end if token_id == self.end_id else self.decode([token_id])


def read_backend(path: Path) -> Backend:
    """The backend that a tokenizer.json holds. Raises InputError if the file is missing or holds none."""
    require(path.is_file(), f"There is no tokenizer at {path}.")
    try:
        return Backend.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the library raises a plain Exception for every kind of bad file
        advice = "copy it again or train a new one."
        raise InputError(f"{path} is not a tokenizer file ({error}); {advice}") from error


def check_backend(backend: Backend, end: str):
    """Raise InputError for a tokenizer without END: it could not say where a text ends."""
    has_end = backend.token_to_id(end) is not None
    require(has_end, f"The tokenizer has no {end} token; train one with Tokenizer.train.")


def check_vocab_size(vocab_size: int):
    """Raise InputError for a vocabulary too small for the 256 bytes and END."""
    require(vocab_size >= 257, f"vocab_size is {vocab_size}, but the 256 bytes and {END} alone need 257.")


def check_prompts(prompts: Sequence[str]):
    """Raise InputError for a single text, whose letters would be taken for prompts."""
    require(not isinstance(prompts, str), "This takes a list of prompts; put the one prompt into a list.")


def check_prompt(ids: Sequence[int]):
    """Raise InputError for a prompt without tokens."""
    message = "The prompt is empty, so there is nothing to predict the completion's first token from."
    require(len(ids) > 0, message)


def check_ids(ids: Sequence[int], vocab_size: int):
    """Raise InputError for a number that is no token's id."""
    outside = [i for i in ids if not 0 <= i < vocab_size]
    require(not outside, f"These token ids are outside the vocabulary of {vocab_size}: {outside}.")
