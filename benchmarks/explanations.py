"""explanations: is what the prose says true, are errors caught, is truth let through? Writes results/.

    python -m benchmarks.explanations [--seed N] [--n 300] [--checks] [--audit FILE] [CATALOG …]

Over three catalogues, which must be set up (``films goodbooks groceries`` unless others are named):

- ``planted_caught``: the share of ``n`` errors, planted in true statements by swapping a person, a number, a
  negation or a title, that the checker does not let pass (benchmarks/statements.py);
- ``wrongly_dropped``: the share of true statements, in several wordings each, that it drops;
- ``supported``: of the statements in ``n`` explanations that the local model wrote and the checker let pass,
  the share that hold by items and ratings as they are stored (benchmarks/audit.py, which shares no code with
  reasons and checker); ``kept``: the share of written sentences that were let pass; ``template_fallbacks``:
  answers of which nothing passed; ``invented_titles``: titles in what passed that were neither picked nor
  named. An explanation is what is written on one pick. FILE gets sixty of them, to be read.

``--checks`` leaves the model out and takes seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palate import Palate
from palate.agent.check import Checker
from palate.agent.llm.models import resolve
from palate.agent.store import MemoryStore
from palate.agent.write import SPOKEN_OF, Tally, WriteFacts, write

from benchmarks.audit import Auditor
from benchmarks.common import RESULTS, row, write_result
from benchmarks.statements import KINDS, Statement, World, plant, requests, true_statements

if TYPE_CHECKING:
    from palate.agent.llm.base import LLM

CATALOGS = ("films", "goodbooks", "groceries")
MODEL = "qwen2.5-coder-0.5b"
TO_READ = 60
ANSWERS = 40
"""Answers that true statements are drawn from, of each catalogue."""


def statements(app: Palate, world: World, seed: int, n: int) -> list[Statement]:
    """``n`` true statements on the picks of :data:`ANSWERS` answers."""
    found: list[Statement] = []
    for number, (facts, likes) in enumerate(requests(app, seed, ANSWERS)):
        found += true_statements(world, facts, likes, 1000 * seed + number)
    random.Random(seed).shuffle(found)
    return found[:n]


def check_true(told: list[Statement]) -> list[dict[str, Any]]:
    """The true statements that are dropped."""
    return [
        {"said": each.text, "why": verdict.why}
        for each in told
        if not (verdict := Checker(each.facts).check(each.text)).passes
    ]


def check_planted(world: World, told: list[Statement], seed: int, n: int) -> tuple[int, list[dict[str, str]]]:
    """How many of (at most) ``n`` errors were planted, and those that passed."""
    rng = random.Random(seed)
    planted, passed = 0, []
    for number in range(20 * n):
        kind, each = KINDS[number % len(KINDS)], rng.choice(told)
        wrong = plant(world, each, kind, rng)
        if wrong is None or wrong == each.text:
            continue
        planted += 1
        if Checker(each.facts).check(wrong).passes:
            passed.append({"kind": kind, "said": wrong, "true": each.text})
        if planted == n:
            break
    return planted, passed


async def explained(llm: LLM, facts: WriteFacts, tally: Tally) -> list[str]:
    """The sentences on the picks of one answer that passed."""
    return [sentence async for sentence in write(llm, facts, Checker(facts), tally)]


def generate(app: Palate, llm: LLM, seed: int, n: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Figures of ``n`` generated explanations, and each of them with what the audit finds."""
    loop = asyncio.new_event_loop()
    auditor, tally, read = Auditor(app.box.catalog), Tally(), []
    counted = supported = invented = made = answers = fallbacks = 0
    for facts, likes in requests(app, seed, -(-n // SPOKEN_OF)):
        start = time.perf_counter()
        before = tally.fallbacks
        said = loop.run_until_complete(explained(llm, facts, tally))
        answers, made = answers + 1, made + SPOKEN_OF
        fell = tally.fallbacks > before
        fallbacks += fell
        findings = auditor.audit(said, facts, likes)
        counted += len(findings)
        supported += sum(found.holds for found in findings)
        invented += sum(len(auditor.invented(sentence, facts)) for sentence in said)
        told = [found._asdict() for found in findings]
        read.append(
            {
                "catalog": app.box.catalog.spec.name,
                "likes": facts.likes,
                "wishes": facts.wishes,
                "picks": [{"title": p.title, "reasons": [r.text for r in p.reasons]} for p in facts.picks],
                "said": said,
                "fallback": fell,
                "statements": told,
                "seconds": round(time.perf_counter() - start, 1),
            }
        )
        sys.stderr.write(f"{made} explanations, {counted} statements, {supported} hold\n")
    loop.run_until_complete(llm.close())
    figures = {
        "explanations": made,
        "statements": counted,
        "supported": supported / max(counted, 1),
        "written": tally.written,
        "kept": tally.kept / max(tally.written, 1),
        "template_fallbacks": fallbacks,
        "answers": answers,
        "invented_titles": invented,
    }
    return figures, read


def main() -> None:
    """Run what is asked for and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explanations")
    parser.add_argument("catalogs", nargs="*", default=CATALOGS)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--checks", action="store_true")
    parser.add_argument("--audit", type=Path)
    parser.add_argument("--show", action="store_true", help="print what slipped and what was dropped")
    options = parser.parse_args()
    rows, read = [], []
    share = -(-options.n // len(options.catalogs))
    for name in options.catalogs:
        with Palate.open(name, model="none", store=MemoryStore()) as app:
            world = World(app.box.catalog)
            told = statements(app, world, options.seed, options.n)
            dropped = check_true(told)
            planted, passed = check_planted(world, told, options.seed, options.n)
            figures: dict[str, Any] = {
                "planted": planted,
                "planted_caught": 1 - len(passed) / max(planted, 1),
                "true": len(told),
                "wrongly_dropped": len(dropped) / max(len(told), 1),
            }
            if options.show:
                for each in (*passed, *dropped):
                    print(json.dumps(each, ensure_ascii=False))
            llm = None if options.checks else resolve(MODEL)
            if llm is not None:
                written, answers = generate(app, llm, options.seed, share)
                figures |= written
                read += answers
            rows.append(row("palate" if options.checks else f"palate/{MODEL}", name, planted, **figures))
            if options.audit is not None and read:
                chosen = random.Random(options.seed).sample(read, min(TO_READ // SPOKEN_OF, len(read)))
                lines = [
                    json.dumps(each, ensure_ascii=False)
                    for each in (chosen if name == options.catalogs[-1] else read)
                ]
                options.audit.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.checks:
        for each in rows:
            print(json.dumps(each))
    else:
        RESULTS.mkdir(exist_ok=True)
        write_result("explanations", "three", rows, name="explanations")


if __name__ == "__main__":
    main()
