"""Three ways to use a language model in a language it hardly knows, compared on equal terms.

``prompt`` (few-shot prompting), ``laft`` (language-adaptive fine-tuning, then prompting) and
``translate`` (machine translation into English and back) on topic classification, summarization
and named-entity recognition: the questions of arXiv 2403.06018, asked again in the open.

Importing this package is cheap: neither torch nor transformers is loaded, no logging is set up and
no environment variable is changed. What notebooks use most has a short name here: ``Study``,
``load_profile``, ``load_language`` and ``results``, beside the packages ``data``, ``stats``,
``figures`` and ``claims``.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_SHORT = {
    "Study": "study.study",
    "load_profile": "config",
    "load_language": "config",
}
_MODULES = {"results": "records.results", "artifacts": "report.artifacts"}


def __getattr__(name: str) -> Any:
    if name in _SHORT:
        return getattr(import_module(f"{__name__}.{_SHORT[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
