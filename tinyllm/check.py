"""How tinyllm refuses input that it cannot use: one exception, and one function that raises it.

Most of what a module refuses stands in functions called check_..., at the end of that module. So you can
read the ideas first and the refusals later.
"""


class InputError(ValueError):
    """An input cannot be used: a file, a number, a name. The message says why, and what to do about it.

    A script of ours prints the message and ends with exit code 2. Any other exception is a bug in tinyllm,
    and the script shows where it happened.
    """


def require(fact: bool, otherwise: str):
    """Raise InputError with the message `otherwise`, unless the fact is true.

        >>> require(4 <= 2, "4 is more than 2.")
        Traceback (most recent call last):
        tinyllm.check.InputError: 4 is more than 2.
    """
    if not fact:
        raise InputError(otherwise)


def is_whole(number: object, lowest: int = 1) -> bool:
    """Whether this is a whole number (an int, and not True or False) that is at least `lowest`.

        >>> is_whole(3), is_whole(3.0), is_whole(True), is_whole(0)
        (True, False, False, False)
    """
    return type(number) is int and number >= lowest
