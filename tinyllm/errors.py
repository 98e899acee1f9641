"""The one exception for what the user can put right."""


class InputError(ValueError):
    """Something that was given (a file, a number, a name) cannot be used; the message says what to do about it.

    Scripts print the message and end with exit code 2. Any other exception is a bug of ours and shows its traceback.
    """
