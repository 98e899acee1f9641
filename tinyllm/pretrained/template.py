"""The chat format of a real model, found by filling in its template.

A model that was tuned for chats has read each prompt with special tokens around it, and answers well only if
it is asked in the same way. The folder or file describes this by a template in the language Jinja:

    {% for message in messages %}<|im_start|>{{ message.role }} {{ message.content }}<|im_end|>{% endfor %}

We fill it in with a mark in the place of the prompt, and keep what stands before and after the mark. Then we
fill it in once more, with a second mark as the answer, and see what stands between prompt and answer.
"""

import re
from pathlib import Path

from jinja2 import TemplateError  # PyTorch needs jinja2 itself, so it is there
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tinyllm.chat import Chat
from tinyllm.check import InputError, require
from tinyllm.pretrained.build import one_line

PROMPT, ANSWER = "THE PROMPT STANDS HERE", "THE ANSWER STANDS HERE"
# With {% generation %} some templates mark what the model writes. It adds no text: we read "if true".
GENERATION = re.compile(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})")


def chat_from(template: str | None, begin: str | None, end: str | None, prefix: str, path: Path) -> Chat:
    """What stands around a prompt, and the token that ends an answer.

    template: a model that was not tuned for chats has none. begin and end: the tokens that begin and end a
    text, which a template may ask for. prefix: what the tokenizer puts before a prompt if there is no
    template. Raises InputError for a template that cannot be filled in, and if no token ends a text.
    """
    require(isinstance(end, str), f"{path} does not say which token ends a text.")
    if not template:
        return Chat(before=prefix, end=end)
    require(isinstance(template, str), f"The chat template of {path} is no text.")
    fill = Filler(template, begin or "", end, path)
    asked = fill(user=f" {PROMPT} ")
    prompt = f" {PROMPT} " if f" {PROMPT} " in asked else PROMPT  # many templates strip what they are given
    around = asked.split(prompt)
    require(len(around) == 2, f"The chat template of {path} must hold the prompt exactly once.")
    before, after = around
    return Chat(before, after, end, between(fill, asked, prompt), strips=prompt == PROMPT)


class Filler:
    """A template, to be filled in with messages. The sandbox lets it make text, and nothing else."""

    def __init__(self, template: str, begin: str, end: str, path: Path):
        self.template = GENERATION.sub(
            lambda tag: f"{tag[1]}{'endif' if tag[2] else 'if true'}{tag[3]}", template)
        self.begin, self.end, self.path = begin, end, path

    def __call__(self, **messages: str) -> str:
        """The text of a chat of these messages, role=content. Behind a question it says where to answer."""
        def refuse(message: str):
            raise TemplateError(message)
        sandbox = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                extensions=["jinja2.ext.loopcontrols"])
        sandbox.globals["raise_exception"] = refuse
        try:
            return sandbox.from_string(self.template).render(
                messages=[{"role": role, "content": content} for role, content in messages.items()],
                add_generation_prompt="assistant" not in messages, tools=None, documents=None,
                bos_token=self.begin, eos_token=self.end)
        except Exception as error:  # a template can fail in any way
            raise InputError(f"The chat template of {self.path} cannot be filled in: "
                             f"{one_line(error)}.") from None


def between(fill: Filler, asked: str, prompt: str) -> str:
    """What stands between the text that asks and the answer; nothing if the template tells no such place."""
    answered = fill(user=prompt, assistant=ANSWER)
    tells = answered.startswith(asked) and ANSWER in answered
    return answered[len(asked):answered.index(ANSWER)] if tells else ""
