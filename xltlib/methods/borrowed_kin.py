"""``borrowed_kin``: as ``prompt``, with the demonstrations in Kinyarwanda (:mod:`.borrowing`)."""

from .borrowing import Borrowing


class BorrowedKin(Borrowing):
    about = "as prompt, with the demonstrations in Kinyarwanda"
    lender = "kin"


METHOD = BorrowedKin
