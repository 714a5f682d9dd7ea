"""The console script ``palate``.

Only typer is imported before a command runs, so that ``palate --help`` answers at once. The answer goes to
standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 usage, 3 no data,
4 model unavailable, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ...data.errors import PalateError

if TYPE_CHECKING:
    from ..app import Palate

INTERRUPTED = 130
USAGE = 2

app = typer.Typer(
    name="palate",
    help="A recommendation agent to talk to: checked reasons, real retrieval, a local or hosted LLM.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="What is set, and where.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(config_app, name="config")

CatalogFlag = Annotated[str | None, typer.Option("--catalog", help="The catalogue (default: films).")]
ModelFlag = Annotated[
    str | None, typer.Option("--model", help="A model's name, a GGUF file, a base URL, or none.")
]
UserFlag = Annotated[str | None, typer.Option("--user", help="Whose profile and conversation.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def main() -> NoReturn:
    """Run a command and end the process with its exit code; no traceback reaches the terminal."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; returns its exit code."""
    from typer.exceptions import Abort, TyperException

    from .journal import report_unexpected, start_journal

    start_journal()
    try:
        code = app(arguments, standalone_mode=False, obj=arguments)
    except TyperException as error:
        show = getattr(error, "show", None)
        show() if show else _say(error)
        return error.exit_code
    except PalateError as error:
        _say(error)
        return error.exit_code
    except (KeyboardInterrupt, Abort):
        _say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; keep the interpreter from complaining about it when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        _say(report_unexpected(error))
        return 1
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True)
def _palate(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from ... import __version__

        typer.echo(f"palate {__version__}")
        raise typer.Exit


@app.command()
def setup(catalog: CatalogFlag = None, model: ModelFlag = None) -> None:
    """Fetch, check, train and index what a catalogue needs; resumes, and is safe to repeat."""
    from ..settings import load_settings
    from ..setup import run_setup
    from .progress import progress_on

    settings = load_settings(catalog=catalog, model=model)
    with progress_on() as progress:
        run_setup(settings.catalog, settings.model, progress)
    flag = "" if settings.catalog == "films" else f" --catalog {settings.catalog}"
    _say(f"The catalogue {settings.catalog} is ready. Next: palate chat{flag}")


@app.command()
def chat(
    user: UserFlag = None,
    catalog: CatalogFlag = None,
    model: ModelFlag = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, nothing redrawn.")] = False,
) -> int:
    """Talk; without a terminal, answer the lines on standard input."""
    from ..settings import load_settings
    from .repl import run_chat

    settings = load_settings(user=user, catalog=catalog, model=model)

    def open_app() -> Palate:
        # Imported here, in the background, while the prompt is there already.
        from ..app import Palate

        return Palate.open(settings.catalog, model=settings.model)

    return run_chat(open_app, catalog=settings.catalog, user=settings.user, k=settings.k, plain=plain)


@app.command()
def recommend(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you are after, in your words.")],
    k: Annotated[int | None, typer.Option("-k", min=1, max=100, help="How many picks.")] = None,
    fresh: Annotated[
        float | None, typer.Option("--fresh", min=-1, max=1, help="From -1, widely known, to 1, fresh.")
    ] = None,
    diverse: Annotated[
        float | None, typer.Option("--diverse", min=0, max=1, help="From 0, as ranked, to 1, varied.")
    ] = None,
    user: UserFlag = None,
    catalog: CatalogFlag = None,
    model: ModelFlag = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Short for --model none.")] = False,
    as_json: JsonFlag = False,
) -> int:
    """Answer one request."""
    from ..settings import load_settings
    from .oneshot import recommend_once

    if not text.strip():
        raise typer.BadParameter("say what you are after", param_hint="TEXT")
    settings = load_settings(k=k, catalog=catalog, model="none" if no_llm else model)
    required = settings.model != "none" and model is not None
    dials = {"fresh": fresh, "diverse": diverse}
    return recommend_once(settings, text, user=user, dials=dials, as_json=as_json, model_required=required)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new catalogue's name.")],
    items: Annotated[Path, typer.Option("--items", help="CSV, TSV, JSONL or Parquet, one item a row.")],
    interactions: Annotated[Path | None, typer.Option("--interactions", help="Who took what.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="A TOML file that says which is which.")
    ] = None,
) -> None:
    """Make a catalogue from files."""
    from ..setup import import_catalog
    from .progress import progress_on

    with progress_on() as progress:
        report = import_catalog(name, items, interactions, mapping, progress)
    for column, role in report.roles.items():
        _say(f"{column}: {role}")
    for note in report.notes:
        _say(note)
    if report.rejected_file is not None:
        _say(f"{report.rejected:,} rows could not be used; they are in {report.rejected_file}.")
    spec = report.spec
    _say(f"Made of {spec.n_items:,} {spec.plural}. Next: palate chat --catalog {spec.name}")


@app.command()
def update(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The catalogue that grows.")],
    items: Annotated[Path | None, typer.Option("--items", help="New items, or new versions of some.")] = None,
    interactions: Annotated[Path | None, typer.Option("--interactions", help="Who took what since.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="What the columns are, where it is not as at the import.")
    ] = None,
    retrain: Annotated[bool, typer.Option("--retrain", help="Learn everything anew.")] = False,
) -> None:
    """Add items and interactions to a catalogue; a chat finds them at its next start."""
    from ..update import update_from_files
    from .progress import progress_on

    if items is None and interactions is None and not retrain:
        raise typer.BadParameter("name a file of --items or --interactions, or --retrain", param_hint="NAME")
    with progress_on() as progress:
        report = update_from_files(name, items, interactions, mapping, progress, retrain=retrain)
    for note in report.notes:
        _say(note)
    for file, line, reason, _row in report.rejected[:5]:
        _say(f"{file}, line {line}: {reason}.")
    if report.rejected:
        _say(f"{len(report.rejected):,} rows could not be used.")
    _say(f"{report.new_items:,} {report.spec.plural} and {report.new_interactions:,} interactions more.")
    if retrain:
        _say("Everything was learned anew.")
    elif report.ledger.is_due:
        _say(f"{report.ledger.share:.0%} came since the last training. Next: palate update {name} --retrain")


@app.command()
def enrich(
    catalog: CatalogFlag = None,
    model: ModelFlag = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Items to ask about at most.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Have a language model write notes from items' own texts; resumes, and is safe to repeat."""
    from ..enrich import WRITING, enrich
    from ..llm.models import NONE, resolve
    from ..settings import load_settings
    from .progress import Paced, progress_on
    from .reports import print_enriched

    settings = load_settings(catalog=catalog, model=model)
    llm = resolve(settings.model)
    if llm is None:
        raise typer.BadParameter(f"notes need a model, not {NONE}", param_hint="--model")
    with progress_on() as progress:
        paced = Paced(WRITING, sys.stderr, progress)
        report = enrich(settings.catalog, llm, paced, limit=limit)
    print_enriched(report, as_json=as_json)


@app.command("eval")
def evaluate(
    context: typer.Context,
    catalog: CatalogFlag = None,
    protocol: Annotated[
        str, typer.Option("--protocol", help="few-likes, warm, temporal, dialogue, text-to-item, …")
    ] = "few-likes",
    as_json: JsonFlag = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Where the HTML report goes (default: palate's home).")
    ] = None,
    peers: Annotated[
        Path | None, typer.Option("--peers", help="A folder of other libraries' rankings of the same split.")
    ] = None,
    dialogues: Annotated[
        Path | None, typer.Option("--dialogues", help="The folder of the rows of the protocol dialogue.")
    ] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="The protocol rerank: what a model's order of the picks adds.")
    ] = False,
    model: Annotated[str | None, typer.Option("--model", help="The model of the protocol rerank.")] = None,
) -> None:
    """Measure the recommendations offline."""
    import shlex

    from ..settings import load_settings
    from .progress import progress_on
    from .reports import measure, print_and_report

    settings = load_settings(catalog=catalog)
    with progress_on(sys.stderr) as progress:
        protocol = "rerank" if rerank else protocol
        measured = measure(
            settings.catalog, protocol, progress, peers=peers, dialogues=dialogues, model=model
        )
    result = {"command": shlex.join(["palate", *context.obj]), **measured}
    written = print_and_report(result, report, as_json=as_json)
    _say(f"The report is in {written}.")


@app.command()
def models() -> None:
    """List the models palate knows, and which are here."""
    from .reports import print_models

    print_models()


@app.command()
def catalogs() -> None:
    """List the catalogues palate knows, and which are set up."""
    from .reports import print_catalogs

    print_catalogs()


@app.command()
def doctor() -> int:
    """Check the installation, the data and the models."""
    from .doctor import examine

    return examine()


@config_app.command("show")
def config_show(
    origin: Annotated[bool, typer.Option("--origin", help="Also where each value comes from.")] = False,
) -> None:
    """Print every setting."""
    from ..settings import settings_origins

    for name, (value, source) in settings_origins().items():
        typer.echo(f"{name} = {value}" + (f"  ({source})" if origin else ""))


def _say(text: Any) -> None:
    from .text import complain

    complain(str(text))
