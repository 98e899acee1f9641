"""Exercise: a prompt with solved examples.

Lesson 4 puts solved examples (shots) in front of a question, and the model goes on from there. Here you write the two
functions that make such a prompt: one fills in a template, the other puts the lines together. About 10 lines in all. What you
have not written yet is taken from the library.
"""

from collections.abc import Mapping, Sequence

# Answer these before you write anything: put your answer in the place of None, and leave it there.
PREDICTIONS = {
    'few_shot([("dog", "chien"), ("cat", "chat")], "bread", heading="English to French"): how many lines is it?': None,
    'few_shot([], "bread"): what is the whole prompt (a text)?': None,
    'few_shot([("dog", "chien")], "cat", layout="Q: {input} A: {output}."): what is its last character (a text)?': None,
}


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with each slot, which is a name in braces, replaced by the field of that name, wherever it stands.

    A field's text is taken as it is: if it has braces itself, they are not slots and are not filled in again.

        >>> fill("{name} asks: is {name} here?", {"name": "Ada"})
        'Ada asks: is Ada here?'
        >>> fill("{a} and {b}", {"a": "{b}", "b": "bread"})
        '{b} and bread'
    """
    raise NotImplementedError


def few_shot(shots: Sequence[tuple[str, str]], query: str, layout: str = "{input} -> {output}", heading: str = "") -> str:
    """A prompt for in-context learning: the heading if there is one, the solved examples in their order, then the query.

    shots are pairs (input, output). Each is the layout with {input} and {output} filled in. The query is the layout too, up
    to its {output} and no further, for there the model goes on. White space in front of {output} is left to the model as
    well, because the tokenizer reads " chien" as one word, space included. One newline stands between any two of these, and
    none at the end. Without shots the prompt is zero-shot.

        >>> print(few_shot([("dog", "chien"), ("cat", "chat")], "bread", heading="English to French"))
        English to French
        dog -> chien
        cat -> chat
        bread ->
    """
    raise NotImplementedError
