"""What is wrong with the data: the file, what was found, what to do."""


class DataError(ValueError):
    """A file that cannot be used, in words for whoever put it there."""
