"""Text to token ids and back, and a (prompt, completion) pair to ids and targets, which are made together.

The tokenizer is a byte-level BPE (Sennrich et al. 2016, on bytes as in GPT-2): it starts from the 256 bytes, so that it
can write any text, and joins the pairs of pieces that occur most often, so that common words become one token.

    >>> tok.encode("Marta bakes bread.")         # the pieces "Mart", "a", " bakes", " bread", "."
    [1620, 65, 1172, 609, 14]
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer as Backend
from tokenizers import decoders, models, pre_tokenizers, trainers

from tinyllm.check import InputError, require

IGNORE = -100  # a target that no loss is computed on; the value torch.nn.functional.cross_entropy skips by default
END = "<|end|>"  # ends a completion, and separates the documents of a corpus

GREEN, GREY, RESET = "\x1b[30;42m", "\x1b[90m", "\x1b[0m"


class Tokenizer:
    """Byte-level BPE with one special token, END. Make one with `Tokenizer.train` or `Tokenizer.load`."""

    def __init__(self, backend: Backend):
        check_backend(backend)
        self.backend = backend
        backend.encode_special_tokens = True  # "<|end|>" typed in a text is seven characters of text, never the token
        self.end_id = backend.token_to_id(END)

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int) -> "Tokenizer":
        """Learn the merges from texts. vocab_size counts END and the 256 bytes too; raises InputError below 257."""
        check_vocab_size(vocab_size)
        backend = Backend(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        backend.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=vocab_size, special_tokens=[END], show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
        return cls(backend)

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Read a tokenizer.json. Raises InputError if it is missing or is not one."""
        return cls(read_backend(Path(path)))

    def to_json(self) -> str:
        """The whole tokenizer as the text of a tokenizer.json, which other libraries read too."""
        return self.backend.to_str(pretty=True)

    @property
    def vocab_size(self) -> int:
        return self.backend.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, with nothing added. `decode(encode(text)) == text` for every text."""
        return self.backend.encode(text).ids

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """`[encode(text) for text in texts]`, on all cores."""
        return [encoding.ids for encoding in self.backend.encode_batch(texts)]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, without END. Raises ValueError for an id outside the vocabulary."""
        check_ids(ids, self.vocab_size)
        return self.backend.decode(list(ids), skip_special_tokens=True)

    def render(self, prompt: str, completion: str) -> tuple[list[int], list[int]]:
        """Ids that the model reads and, beside each, the id that it must predict there; IGNORE on the prompt.

        The two lists are one text shifted against itself by one, so they have the same length, and what follows the
        prompt's last token is already the completion's first. The prompt "2 + 2 =" with the completion " 4" gives

            ids      2       +       2     =   4
            targets  IGNORE  IGNORE  IGNORE  4   END

        Raises InputError for an empty prompt: there would be nothing to predict the first token from.
        """
        read, write = self.encode(prompt), [*self.encode(completion), self.end_id]
        check_prompt(read)
        return read + write[:-1], [IGNORE] * (len(read) - 1) + write

    def show(self, ids: Sequence[int], targets: Sequence[int]) -> str:
        """A picture of `render` for a terminal: the prompt in grey, on green each token that the loss is computed on."""
        prompt_length = next((i for i, target in enumerate(targets) if target != IGNORE), len(ids)) + 1
        read = "".join(self._piece(i) for i in ids[:prompt_length])
        wrote = " ".join(f"{GREEN}{self._piece(t)}{RESET}" for t in targets if t != IGNORE)
        return f"{GREY}{read}{RESET} {wrote}"

    def _piece(self, token_id: int) -> str:
        return END if token_id == self.end_id else self.backend.decode([token_id])


def check_backend(backend: Backend):
    """Raise InputError for a tokenizer that cannot say where a text ends."""
    has_end = backend.token_to_id(END) is not None
    require(has_end, f"The tokenizer has no {END} token; train one with Tokenizer.train.")


def check_vocab_size(vocab_size: int):
    """Raise InputError for a vocabulary in which not every byte has a token."""
    require(vocab_size >= 257, f"vocab_size is {vocab_size}, but the 256 bytes and {END} alone need 257.")


def check_prompt(ids: Sequence[int]):
    """Raise InputError for a prompt without tokens."""
    message = "The prompt is empty, so there is nothing to predict the completion's first token from."
    require(len(ids) > 0, message)


def check_ids(ids: Sequence[int], vocab_size: int):
    """Raise ValueError for a number that is no token's id."""
    for i in ids:
        if not 0 <= i < vocab_size:
            raise ValueError(f"Token id {i} is outside the vocabulary of {vocab_size}.")


def read_backend(path: Path) -> Backend:
    """The tokenizer in a file; raises InputError if the file is missing or holds none."""
    require(path.is_file(), f"There is no tokenizer at {path}.")
    try:
        return Backend.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the backend raises bare Exception for every kind of bad file
        advice = "copy it again or train a new one."
        raise InputError(f"{path} is not a tokenizer file ({error}); {advice}") from error
