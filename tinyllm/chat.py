"""What stands around a prompt for a model that was tuned for chats, and how the three are made to token ids.

SmolLM2, for example, reads a prompt in this form, and ends its answer with <|im_end|>:

    before  <|im_start|>user\\n
            Who is Ada?
    after   <|im_end|>\\n<|im_start|>assistant\\n

The text of a prompt may hold "<|im_end|>" too. There it must stay text, or a user could end the prompt in
the middle. So the special tokens of the format are made to ids once, apart from any prompt.

What is left of the format beside the prompt, here "user\\n", is encoded together with it: in "[INST] Who"
the space belongs to the word that follows.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer as Backend

from tinyllm.check import InputError

END = "<|end|>"  # the token that ends a completion, and that separates the documents of a corpus

# How the settings of a tokenizer say where SentencePiece's ▁ is put before a text.
FIRST, ALWAYS, NEVER = (f'"prepend_scheme":"{scheme}"' for scheme in ("first", "always", "never"))
PREPEND = '{"type":"Prepend","prepend":"▁"}'


@dataclass(frozen=True)
class Chat:
    """The texts around each prompt, which may hold special tokens, and the token that ends an answer.

    Without a chat format nothing stands around a prompt, and the end is END.
    """

    before: str = ""
    after: str = ""
    end: str = END


class Frame:
    """A chat format in the tokens of one tokenizer. `around(prompts)` gives the ids of each prompt in it."""

    def __init__(self, backend: Backend, chat: Chat):
        backend.encode_special_tokens = False  # the texts of the format may hold special tokens
        special = {i for i, token in backend.get_added_tokens_decoder().items() if token.special}
        before = backend.encode(chat.before, add_special_tokens=False)
        after = backend.encode(chat.after, add_special_tokens=False)
        # Despite its name, this makes a typed "<|end|>" seven ordinary characters, and no token END.
        backend.encode_special_tokens = True
        last = max((n + 1 for n, i in enumerate(before.ids) if i in special), default=0)
        first = next((n for n, i in enumerate(after.ids) if i in special), len(after.ids))
        self.before, self.after = before.ids[:last], after.ids[first:]
        self.lead = chat.before[before.offsets[last - 1][1] if last > 0 else 0:]
        self.trail = chat.after[:after.offsets[first][0] if first < len(after.ids) else None]
        follows_a_token = self.before != [] and chat.after != ""  # without a chat a prompt begins a text
        self.backend = after_a_special_token(backend) if follows_a_token else backend

    def around(self, prompts: list[str]) -> list[list[int]]:
        """The token ids of each prompt, and of what stands around it."""
        texts = [self.lead + prompt + self.trail for prompt in prompts]
        encoded = self.backend.encode_batch(texts, add_special_tokens=False)
        return [self.before + encoding.ids + self.after for encoding in encoded]


def after_a_special_token(backend: Backend) -> Backend:
    """The tokenizer for a text behind a special token.

    SentencePiece puts a space, written ▁, before the first word, so that a word has the same token there
    as inside a text. Newer tokenizers ("first") do so at the very beginning alone, older ones everywhere.
    """
    return changed(backend, {FIRST: NEVER})


def continuing(backend: Backend) -> Backend:
    """The tokenizer for a text that goes on where another text ends: it puts no space before it."""
    return changed(backend, {FIRST: NEVER, ALWAYS: NEVER, PREPEND: PREPEND.replace("▁", "")})


def changed(backend: Backend, changes: dict[str, str]) -> Backend:
    """A tokenizer with other settings, before -> after, or the same one if it has none of those before."""
    settings = backend.to_str()
    if not any(before in settings for before in changes):
        return backend
    for before, after in changes.items():
        settings = settings.replace(before, after)
    copy = Backend.from_str(settings)
    copy.encode_special_tokens = True
    return copy


def read_chat(path: Path) -> Chat:
    """The chat format in a chat.json, and none if there is no such file. Raises InputError for any other."""
    if not path.is_file():
        return Chat()
    try:
        return Chat(**{name: str(text) for name, text in json.loads(path.read_bytes()).items()})
    except (ValueError, TypeError, AttributeError) as error:  # no JSON, or the JSON is no Chat
        raise InputError(f"{path} is not the chat format of a tokenizer: {error}") from None
