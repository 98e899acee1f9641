r"""The chat format of a model: the texts around each prompt, and how they and the prompt become token ids.

SmolLM2, for example, reads a prompt in this form, and ends its answer with <|im_end|>:

    before  <|im_start|>user\n
            Who is Ada?
    after   <|im_end|>\n<|im_start|>assistant\n

The text of a prompt may hold "<|im_end|>" too. There it must stay text, or a user could end the prompt in
the middle. So the special tokens of the format are encoded once, and never together with a prompt.

Ordinary text next to the prompt, here "user\n", is encoded with it, because a token may span both: in
"[INST] Who" the space belongs to "Who".
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer as Backend

from tinyllm.check import InputError, require

END = "<|end|>"  # the token that ends a completion, and that separates the documents of a corpus

# How the settings of a tokenizer say where SentencePiece's ▁ is put before a text.
FIRST, ALWAYS, NEVER = (f'"prepend_scheme":"{scheme}"' for scheme in ("first", "always", "never"))
PREPEND, PREPEND_NOTHING = '{"type":"Prepend","prepend":"▁"}', '{"type":"Prepend","prepend":""}'


@dataclass(frozen=True)
class Chat:
    """The texts around each prompt, which may hold special tokens, and the token that ends an answer.

    answer: the text between `after` and an answer, mostly none or a space. It is None for a model that was
    not tuned for chats. Then a completion stays as it is, and `before` can only be the token that begins
    every text. strips: whether white space around a prompt is left out.
    """

    before: str = ""
    after: str = ""
    end: str = END
    answer: str | None = None
    strips: bool = False


class Frame:
    """A chat format in the tokens of one tokenizer."""

    def __init__(self, backend: Backend, chat: Chat):
        special = [token.content for token in backend.get_added_tokens_decoder().values() if token.special]
        longest_first = sorted(map(re.escape, special), key=len, reverse=True)
        found = re.compile("|".join(longest_first) or "(?!)")  # (?!) is found nowhere
        last = max((match.end() for match in found.finditer(chat.before)), default=0)
        first = min((match.start() for match in found.finditer(chat.after)), default=len(chat.after))
        self.text_before, self.text_after = chat.before[last:], chat.after[:first]
        self.ids_before = with_special_tokens(backend, chat.before[:last])
        self.ids_after = with_special_tokens(backend, chat.after[first:])
        self.strips = chat.strips
        follows_a_token = last > 0 and chat.answer is not None
        self.backend = after_a_special_token(backend) if follows_a_token else backend

    def encode(self, prompts: list[str]) -> list[list[int]]:
        """The token ids of each prompt, and of what stands around it."""
        if self.strips:
            prompts = [prompt.strip() for prompt in prompts]
        texts = [self.text_before + prompt + self.text_after for prompt in prompts]
        encoded = self.backend.encode_batch(texts, add_special_tokens=False)
        return [self.ids_before + encoding.ids + self.ids_after for encoding in encoded]


def with_special_tokens(backend: Backend, text: str) -> list[int]:
    """The token ids of a text in which the special tokens are meant."""
    backend.encode_special_tokens = False
    ids = backend.encode(text, add_special_tokens=False).ids
    backend.encode_special_tokens = True
    return ids


def after_a_special_token(backend: Backend) -> Backend:
    """The tokenizer for a text behind a special token.

    SentencePiece puts a space, written ▁, before the first word, so that a word has the same token there
    as inside a text. Newer tokenizers ("first") do so only where the whole text begins, older ones behind
    each special token too. We encode the text without the token, so for newer ones we switch it off.
    """
    return with_settings(backend, {FIRST: NEVER})


def continuing(backend: Backend) -> Backend:
    """The tokenizer for a text that goes on where another text ends: it puts no space before it."""
    return with_settings(backend, {FIRST: NEVER, ALWAYS: NEVER, PREPEND: PREPEND_NOTHING})


def with_settings(backend: Backend, changes: dict[str, str]) -> Backend:
    """A copy of the tokenizer in which each old setting is replaced by the new one.

    Without any of the old ones it is the tokenizer itself. The library cannot change such a setting in
    place, so the tokenizer is written as JSON and read again.
    """
    settings = backend.to_str()
    if not any(old in settings for old in changes):
        return backend
    for old, new in changes.items():
        settings = settings.replace(old, new)
    copy = Backend.from_str(settings)
    copy.encode_special_tokens = True  # as in Tokenizer
    return copy


def read_chat(path: Path) -> Chat:
    """The chat format in a chat.json, and none if there is no such file. Raises InputError for any other."""
    if not path.is_file():
        return Chat()
    try:
        settings = json.loads(path.read_bytes())
        settings.setdefault("answer", "" if settings.get("after") else None)  # not in older files
        chat = Chat(**settings)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:  # no JSON, or no Chat in it
        raise InputError(f"{path} is not the chat format of a tokenizer: {error}") from None
    check_chat(chat, path)
    return chat


def check_chat(chat: Chat, path: Path):
    """Raise InputError for a chat format in which something else stands in the place of a text."""
    for name in ("before", "after", "end", "answer"):
        value = getattr(chat, name)
        is_text = isinstance(value, str) or (name == "answer" and value is None)
        require(is_text, f"{path} is not the chat format of a tokenizer: its {name} is {value!r}, no text.")
