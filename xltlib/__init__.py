"""Three ways to use a language model in a language it hardly knows, compared on equal terms.

``prompt`` (few-shot prompting), ``laft`` (language-adaptive fine-tuning, then prompting) and
``translate`` (machine translation into English and back) on topic classification, summarization
and named-entity recognition: the questions of arXiv 2403.06018, asked again in the open.

Importing this package is cheap: neither torch nor transformers is loaded, no logging is set up and
no environment variable is changed.
"""

__version__ = "0.1.0"
