"""``borrowed_lug``: as ``prompt``, with the demonstrations in Luganda (:mod:`.borrowing`)."""

from .borrowing import Borrowing


class BorrowedLug(Borrowing):
    about = "as prompt, with the demonstrations in Luganda"
    lender = "lug"


METHOD = BorrowedLug
