"""The tokenizer in a GGUF file, of one of two kinds. Both are BPE: they join pairs of tokens, one at a time.

"gpt2", byte-level, as ours is: Llama 3, SmolLM2, Qwen2. It starts from bytes. The file lists the pairs to
join, in their order, and names the way in which a text is cut into words first.

"llama", SentencePiece's: Llama 2, Mistral, TinyLlama. It starts from characters, and cuts no words. A space
is written ▁, and a character that is no token becomes its bytes, <0xE5> <0x8C> <0x97>. The file gives each
token a score. Of all neighbouring pairs that would form a token, the pair whose token has the highest score
is joined first.
"""

from pathlib import Path

from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers import Tokenizer as Backend

from tinyllm.check import InputError, is_whole, require
from tinyllm.pretrained.build import one_line
from tinyllm.pretrained.header import facts_about
from tinyllm.pretrained.template import chat_from
from tinyllm.tokenizer import Tokenizer

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # types of tokens: ordinary, special, added; the last two stay whole

# How a text is cut into words before tokens are joined, by the name that the file gives to it.
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")  # each digit by itself
SPLITS = {
    "gpt-2": [pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "smollm": [pre_tokenizers.Digits(individual_digits=True),
               pre_tokenizers.ByteLevel(add_prefix_space=False)],
    **{name: [pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
              pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
       for name, pattern in (("llama-bpe", LLAMA3), ("qwen2", QWEN2))}}


def tokenizer_from(facts: dict, path: Path) -> Tokenizer:
    """The tokenizer that the facts in a file describe.

    Raises InputError for one that we do not compute, naming what differs, and for a damaged one.
    """
    about = facts_about("tokenizer.ggml", facts)
    check_tokenizer(about, path)
    tokens = about["tokens"]
    begin, end = (tokens[i] if is_whole(i, lowest=0) and i < len(tokens) else None
                  for i in (about.get("bos_token_id"), about.get("eos_token_id")))
    is_put_first = about.get("add_bos_token", about["model"] == "llama" or about["pre"] == "llama-bpe")
    prefix = begin if begin and is_put_first else ""
    try:
        backend = backend_from(about, prefix)
    except Exception as error:  # the library raises a plain Exception for merges that do not fit
        raise InputError(f"The tokenizer in {path} is damaged: {one_line(error)}.") from None
    return Tokenizer(backend, chat_from(facts.get("tokenizer.chat_template"), begin, end, prefix, path))


def backend_from(about: dict, prefix: str) -> Backend:
    """The library's tokenizer, with its special tokens. prefix: the token that stands before every text."""
    backend = sentencepiece(about) if about["model"] == "llama" else byte_level(about)
    for kind, add in ((CONTROL, backend.add_special_tokens), (USER_DEFINED, backend.add_tokens)):
        add([AddedToken(token, normalized=False, special=kind == CONTROL)
             for token, its_type in zip(about["tokens"], about["token_type"], strict=True)
             if its_type == kind])
    if prefix:  # we leave it to the chat format; a tokenizer that is saved must add it itself
        backend.post_processor = processors.TemplateProcessing(
            single=[prefix, "$A"], special_tokens=[(prefix, backend.token_to_id(prefix))])
    return backend


def byte_level(about: dict) -> Backend:
    """A tokenizer that starts from bytes."""
    backend = Backend(models.BPE({token: i for i, token in enumerate(about["tokens"])},
                                 [tuple(merge.split(" ")) for merge in about["merges"]],
                                 ignore_merges=about["pre"] == "llama-bpe"))  # a word that is a token is one
    if about["pre"] == "qwen2":
        backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.Sequence(SPLITS[about["pre"]])
    backend.decoder = decoders.ByteLevel()
    return backend


def sentencepiece(about: dict) -> Backend:
    """A tokenizer of SentencePiece's kind."""
    backend = Backend(models.BPE({token: i for i, token in enumerate(about["tokens"])}, merges_of(about),
                                 fuse_unk=True, byte_fallback=True))
    has_space = about.get("add_space_prefix", True)
    scheme = "first" if has_space else "never"
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    backend.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
        *([decoders.Strip(content=" ", left=1)] if has_space else [])])
    return backend


def merges_of(about: dict) -> list[tuple[str, str]]:
    """The pairs to join, in the order of the scores of what they make.

    Where a token can be made of several pairs, the one with the longest first part comes first. No pair
    makes a special token or a byte token, so ordinary text can never become one.
    """
    scores = {token: score for token, score, kind in
              zip(about["tokens"], about["scores"], about["token_type"], strict=True) if kind == NORMAL}
    own = {token: token for token in scores}  # copies of all parts could take many times the file's size
    pairs = [(own[token[:i]], own[token[i:]]) for token in scores for i in range(1, len(token))
             if token[:i] in own and token[i:] in own]
    return sorted(pairs, key=lambda pair: (scores["".join(pair)], *map(len, pair)), reverse=True)


def check_tokenizer(about: dict, path: Path):
    """Raise InputError for another kind of tokenizer, an unknown way to cut words, and missing parts."""
    kind, pre = about.get("model"), about.get("pre")
    require(kind in ("gpt2", "llama"),
            f"{path}: its tokenizer is of kind {kind!r}, and tinyllm reads 'gpt2' and 'llama'.")
    require(kind == "llama" or pre in list(SPLITS),  # a list asks for no hash of what may be anything
            f"{path}: it cuts texts into words as {pre!r}; tinyllm knows {', '.join(SPLITS)}.")
    for name in ("tokens", "token_type", "scores" if kind == "llama" else "merges"):
        has_list = isinstance(about.get(name), list)
        require(has_list, f"{path} does not hold the {name} of its tokenizer; copy it again.")
    has_bytes = {f"<0x{byte:02X}>" for byte in range(256)} <= set(about["tokens"])
    require(kind == "gpt2" or has_bytes, f"{path}: its tokenizer lacks some of the 256 bytes, from <0x00> "
            "to <0xFF>, so it could not read every text.")
