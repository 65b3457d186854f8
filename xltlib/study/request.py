"""What somebody asks for who brings predictions from elsewhere."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """What to import, and as what. ``dataset`` may be empty where the profile leaves no choice."""

    file: Path
    task: str
    language: str
    method: str
    model: str
    profile: str = "mini"
    dataset: str = ""
    data_dir: str | None = None
    shots: int = 0
    seed: int = 0
    id_column: str = ""
    text_column: str = ""
    answer_column: str = ""
    format: str | None = None
    filter: str | None = None
    prompt_language: str = ""  # of label words and of "none"; empty: that of the data
    limit: int | None = None  # the predictions are of the items that this limit keeps
    missing_invalid: bool = False
    separator: str = ""  # of entities in an output, where it is not a semicolon
    tags: str = ""  # of entities, as PERSON=PER,LOCATION=LOC: theirs, then the data's
