"""How input is refused: one exception, and one function that raises it.

Each module gathers what it refuses in functions named check_..., which stand below the rest, one rule a line. A function
that takes input calls its check first, so that nothing but the idea stands between the lines that teach.
"""


class InputError(ValueError):
    """Something that was given (a file, a number, a name) cannot be used; the message says what to do about it.

    Scripts print the message and end with exit code 2. Any other exception is a bug of ours and shows its traceback.
    """


def require(fact: bool, otherwise: str):
    """Raise InputError with the message `otherwise`, unless the fact holds.

        >>> require(2 <= 4, "Two is more than four.")
    """
    if not fact:
        raise InputError(otherwise)


def is_whole(number: object, lowest: int = 1) -> bool:
    """Whether this is an int (and no bool) of at least `lowest`.

        >>> is_whole(3), is_whole(3.0), is_whole(True), is_whole(0)
        (True, False, False, False)
    """
    return type(number) is int and number >= lowest
