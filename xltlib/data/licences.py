"""Which texts a page may show: those that their licence lets others pass on."""

import re

from ..errors import XltError
from .load import source_of

#: How a licence begins that lets unchanged texts be passed on, to whom it may concern.
_OPEN = re.compile(r"(CC0|CC BY|MIT|Apache|AFL|ODC|public domain)", re.IGNORECASE)
_NOT = re.compile(r"publishers'|no statement|unspecified", re.IGNORECASE)


def may_be_shown(dataset: str, language: str) -> bool:
    """Whether texts of a data set may stand on a page that others are given.

    A licence that is not stated, or that covers the collection but not its articles, says no.
    """
    try:
        source = source_of(dataset, language, None)
    except XltError:
        return False  # answers of another program to data that is not known here
    allowed = bool(_OPEN.match(source.licence)) and not _NOT.search(source.licence)
    # What a hub's card allows, the publisher of the same texts must not leave open.
    return allowed and (not source.copy or may_be_shown(source.copy, language))
