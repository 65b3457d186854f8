"""The command line: ``python -m xltlib COMMAND``. What a user can put right ends with status 2."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from . import paths, signals
from .commands import compare, export, models, new_language, opened
from .commands.lists import TASKS as _TASKS
from .commands.lists import numbers as _numbers
from .commands.lists import words as _words
from .commands.opened import short as _short
from .errors import XltError
from .text.printed import printable

app = typer.Typer(
    help="Prompting, language-adaptive fine-tuning and translation, compared on equal terms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

models.add(app)
new_language.add(app)
compare.add(app)
export.add(app)
opened.add(app)

Profile = Annotated[str, typer.Option(help="A profile's name, or the path of its YAML file.")]
DataDir = Annotated[str | None, typer.Option(help="Folder of data files, in their own formats.")]
Languages = Annotated[str, typer.Option(help="Languages, as hau,kin (all).")]
Tasks = Annotated[str, typer.Option(help=f"Of {_TASKS} (all).")]
Methods = Annotated[str, typer.Option("--methods", "--arms", help="Methods or arms (all).")]
Shots = Annotated[str, typer.Option(help="Numbers of demonstrations, as 0,4.")]
Seeds = Annotated[str, typer.Option(help="Seeds of the demonstrations, as 0,1.")]
Limit = Annotated[int | None, typer.Option(help="Test items per data set and language.")]
Jobs = Annotated[int | None, typer.Option(help="Cells at a time (as GPUs, cores, memory allow).")]


@app.command()
def run(
    profile: Profile = "mini",
    data_dir: DataDir = None,
    languages: Languages = "",
    tasks: Tasks = "",
    methods: Methods = "",
    preset: Annotated[
        str, typer.Option(help="afrobench or afriquellm: the arms that ask so.")
    ] = "",
    shots: Shots = "",
    seeds: Seeds = "",
    limit: Limit = None,
    jobs: Jobs = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make everything anew.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show the grid, run nothing.")] = False,
    cluster: Annotated[str, typer.Option(help="dask:tcp://HOST:8786, or slurm.")] = "",
    cluster_options: Annotated[Path | None, typer.Option(help="Of slurm: a YAML file.")] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Compute all anew from the published records.")
    ] = False,
) -> None:
    """Run every notebook of a profile that is not done; make figures, tables and report.

    What is not given is as the profile has it.
    """
    from .config import load_profile
    from .runs import grid, narrowing

    options = grid.Options(
        _words("languages", languages), _words("tasks", tasks), _words("methods", methods),
        _numbers("shots", shots), _numbers("seeds", seeds), limit, data_dir,
    )  # fmt: skip
    options = narrowing.of_preset(preset, profile, options)
    if published:
        from .report.unpack import unpack

        spec = load_profile(profile, data_dir=data_dir)
        planned = grid.published(profile, unpack(spec.name), data_dir)
        if not _run(planned, spec, jobs or 1, fresh=False):
            raise typer.Exit(1)
        return
    from .check import refuse
    from .runs import workers
    from .runs.cluster import connected
    from .runs.plan import memory as needs
    from .runs.plan.show import show

    if jobs is not None:
        workers.check(jobs)

    if plan:  # first, since the grid needs the data and the hub
        takes = needs.Needs.of(profile, options)
        takes.show()
    refuse(profile, options.languages, options.tasks, options.methods, data_dir)
    planned = grid.plan(profile, options)
    missing = narrowing.say_left_out(profile, options, planned)
    at_a_time = jobs or (1 if cluster else workers.default(profile, options))
    if plan:
        show(planned, at_a_time, fresh, takes)
        print(takes.grid())
        return
    here = nullcontext((None, at_a_time))
    with connected(cluster, cluster_options, jobs) if cluster else here as (pool, at_a_time):
        spec = load_profile(profile, data_dir=data_dir)
        if not _run(planned, spec, at_a_time, fresh, pool, missing):
            raise typer.Exit(1)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A profile or a language: its name, or its file.")],
    data_dir: DataDir = None,
    languages: Languages = "",
    tasks: Tasks = "",
    methods: Methods = "",
) -> None:
    """Say all that is wrong with a profile or a language, at once, before anything is run."""
    from .check import check as checked

    found = checked(
        name,
        _words("languages", languages),
        _words("tasks", tasks),
        _words("methods", methods),
        data_dir,
    )
    print(found)
    if not found.is_ready:
        raise typer.Exit(2)


@app.command()
def report(profile: Profile = "mini") -> None:
    """Make index.html again from the cells that are done."""
    from .config import load_profile
    from .report import answers
    from .report import build as html

    spec = load_profile(profile)
    page = html.build(spec.name, spec.about, origin=answers.Origin.of(spec))
    print(f"report: {_short(page)}")


@app.command("pretrain-mini")
def pretrain_mini(
    out: Annotated[Path, typer.Option(help="Folder for the models.")] = paths.MINI_CHECKPOINTS,
    read_bytes: Annotated[bool, typer.Option("--bytes", help="The twin, of bytes.")] = False,
) -> None:
    """Train the mini profile's language model and translator again, from their seed."""
    from .mini import byte_twin, pretrain

    (byte_twin if read_bytes else pretrain).main(out)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON Lines, Parquet, --log_samples.")],
    task: Annotated[str, typer.Option(help=f"One of {_TASKS}.")],
    language: Annotated[str, typer.Option(help="The test items' language, as hau.")],
    method: Annotated[str, typer.Option(help="A method, as prompt.")],
    model: Annotated[str, typer.Option(help="The name that the model gets in all tables.")],
    profile: Profile = "mini",
    dataset: Annotated[str, typer.Option(help="Where the profile has several.")] = "",
    data_dir: DataDir = None,
    shots: Annotated[int, typer.Option(help="Demonstrations that the model saw.")] = 0,
    seed: Annotated[int, typer.Option(help="Which draw of demonstrations this is.")] = 0,
    id_column: Annotated[str, typer.Option(help="Column of the test items' ids.")] = "",
    text_column: Annotated[str, typer.Option(help="Column of the test items' texts.")] = "",
    answer_column: Annotated[str, typer.Option(help="Column of raw outputs (output).")] = "",
    format: Annotated[
        str | None, typer.Option(help="csv, tsv, jsonl, parquet or lm-eval (by the name).")
    ] = None,
    filter: Annotated[str | None, typer.Option(help="Of lm-eval's answer filters.")] = None,
    prompt_language: Annotated[
        str, typer.Option(help="Language of the label words in the outputs (the items').")
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="The items that a run of this --limit answers.")
    ] = None,
    missing_invalid: Annotated[
        bool, typer.Option("--missing-invalid", help="No prediction counts as INVALID.")
    ] = False,
    separator: Annotated[str, typer.Option(help="Between entities, where it is no ;.")] = "",
    tags: Annotated[str, typer.Option(help="Of entities, as PERSON=PER,LOCATION=LOC.")] = "",
) -> None:
    """Put predictions that were made elsewhere beside a profile's own results."""
    given = dict(locals())
    from .study import imported as imports
    from .study import proposals

    request = imports.Request(**given)
    outcome = imports.import_predictions(request)
    print(f"{outcome.report()}\nrecords: {_short(outcome.folder)}")
    following = proposals.following(profile, data_dir, language, task)
    print(f"to take them into tables, figures and report: {following}")


@app.command()
def publish(profile: Profile = "mini", data_dir: DataDir = None) -> None:
    """Copy what a finished run found, with its records, into figures/published, for git.

    README's tables of verdicts are brought up to date with it.
    """
    from .claims import readme
    from .config import load_profile
    from .records import results
    from .report import answers
    from .report import publish as publication
    from .validity.baselines import baseline_records

    spec = load_profile(profile, data_dir=data_dir)
    baselines = baseline_records(spec, results.read(spec.name))
    folder = publication.publish(spec.name, spec.about, answers.Origin.of(spec), baselines)
    print(f"published: {_short(folder)}")
    print("README.md: " + ("claims written" if readme.update_readme() else "nothing to change"))


@app.command()
def claims(
    check: Annotated[bool, typer.Option("--check", help="Write nothing, fail if needed.")] = False,
) -> None:
    """Put the published verdicts on the paper's claims into README, between its markers."""
    from .claims import readme

    changed = readme.update_readme(check=check)
    if check and changed:
        raise XltError(
            "README.md's verdicts are not the published ones: run python -m xltlib claims"
        )
    print("README.md: " + ("claims table written" if changed else "nothing to change"))


@app.command()
def calibrate(
    experiments: Annotated[int, typer.Option(min=1, help="Simulated experiments a check.")] = 2000,
    items: Annotated[int, typer.Option(min=20, help="Test items an experiment.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder (figures/calibration/tables where not given).")
    ] = None,
) -> None:
    """Test the tests: false findings, coverage and power, by simulation. Takes minutes.

    The bounds are for 2,000 experiments; with fewer, chance alone takes rates out of them.
    """
    from .report import artifacts
    from .stats.calibrate import CAPTION
    from .stats.calibrate import calibrate as simulate

    parameters = {"experiments": experiments, "items": items, "seed": seed}
    table = simulate(**parameters)
    target = out or paths.figures("calibration") / "tables"
    source = artifacts.made_by("calibrate", parameters)
    caption = f"{CAPTION}: {experiments:,} experiments of {items} items each"
    shown = table.drop(columns=["experiments", "items", "expected"])  # a paper's line is 6.3 inches
    path = artifacts.save_table(shown, "calibration", caption, out=target, source=source)
    print(f"{table['within'].sum()} of {len(table)} checks within their bounds: {_short(path)}")
    for _, row in table[~table["within"]].iterrows():
        bounds = f"{row['lowest']:.3f} to {row['highest']:.3f}"
        print(f"outside: {row['check']}, {row['what']} {row['rate']:.4f}, bounds {bounds}")
    if not table["within"].all():
        raise typer.Exit(1)


@app.command("notebooks")
def pair(
    check: Annotated[bool, typer.Option("--check", help="Write nothing, fail if needed.")] = False,
) -> None:
    """Make the .ipynb pairs of the percent notebooks again, without outputs."""
    from .runs import notebooks

    changed = notebooks.pairs(check)
    for path in changed:
        print(f"{'differs' if check else 'written'}: {path.relative_to(paths.NOTEBOOKS)}")
    if check and changed:
        raise XltError("the notebooks' .ipynb do not fit their .py: run python -m xltlib notebooks")


def main(arguments: list[str] | None = None) -> None:
    """Run a command; ends the process.

    With 0, 1 (cells failed), 2 (bad input), 130 (Ctrl-C), or 143 and 129 for the signals TERM, HUP.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without our letters is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    ended = signals.heed()
    try:
        status = app(arguments, standalone_mode=False)
    except XltError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        status = 2
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except Exception as error:
        if ended:  # what was under way has made another error of the interrupt
            status = 130
        elif hasattr(error, "format_message"):  # one of the parser's own
            error.show()
            status = error.exit_code
        else:
            raise
    if status == 130:  # typer gives this for Ctrl-C, too
        status = 128 + ended[0] if ended else 130
        print(f"\n{signals.SAID}", file=sys.stderr)
    sys.stdout.flush()
    raise SystemExit(status or 0)


def _run(
    planned: list,
    spec: Any,
    workers: int,
    fresh: bool,
    executor: Any = None,
    missing: Sequence[str] = (),
) -> bool:
    """Run a plan, report, sum up; whether all went well. ``missing``: what is left out of it."""
    import time

    from .report import answers
    from .report import build as html
    from .report.ending import print_ending
    from .runs import runner
    from .runs.progress import duration

    start, name = time.perf_counter(), planned[0].profile
    summary = runner.run(planned, workers, fresh=fresh, executor=executor)
    complete = summary.done or summary.cached
    failed = ((label, message.partition("\n")[0]) for label, message in summary.failed.items())
    lost = [f"Missing, because it failed: {label}. {message}" for label, message in failed]
    items = answers.Origin.of(spec)
    told = [f"Missing: {one}." for one in missing] + lost
    index = html.build(name, spec.about, origin=items, told_before=told) if complete else None
    if index:
        print_ending(name, {job.name for job in (*summary.done, *summary.cached)})
    seconds = duration(time.perf_counter() - start)
    counts = f"{len(summary.done)} run, {len(summary.cached)} done before"
    print(f"\n{len(planned)} cells: {counts}, {len(summary.failed)} failed; {seconds}")
    for label, message in summary.failed.items():
        print(f"FAILED {label}: {printable(message)}")
    if index:
        print(f"figures and tables: {_short(paths.figures(name))}")
        print(f"open in a browser:  {_short(index)}")
    return not summary.failed
