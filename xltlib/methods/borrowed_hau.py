"""``borrowed_hau``: as ``prompt``, with the demonstrations in Hausa (:mod:`.borrowing`)."""

from .borrowing import Borrowing


class BorrowedHau(Borrowing):
    about = "as prompt, with the demonstrations in Hausa"
    lender = "hau"


METHOD = BorrowedHau
