"""What a rule refuses, said so that every reader understands it: in English, and by a code."""


class Refusal(ValueError):
    """The rules refuse it. str(): why, in English, for the command line and the log.

    `code` and `values` say the same to a page, which has words of its own for each code in the reader's
    language (desk/refusals.py; a test holds that none is missing).
    """

    def __init__(self, code: str, english: str, **values: object) -> None:
        super().__init__(english)
        self.code, self.values = code, values
