"""Makes the peers' virtual environment: ``python -m benchmarks.peers.setup``.

A second run goes straight to its end. Peers that no longer build are noted in ``not-installed.json`` in the
environment, with the last line of pip's error, and their rows say so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("PALATE_PEERS_VENV", HERE / ".venv"))
"""Where the peers live; ``PALATE_PEERS_VENV`` names another folder."""
BUILD_TOOLS = ("pip<25", "setuptools==80.9.0", "wheel", "cython")


def python() -> Path:
    """The environment's interpreter."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def not_installed() -> dict[str, str]:
    """Optional peers that could not be installed, with the reason; empty before a set-up."""
    path = ENVIRONMENT / "not-installed.json"
    reasons: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return reasons


def main() -> None:
    """Make the environment, unless it was made of the same requirements."""
    required, optional = HERE / "requirements.txt", HERE / "requirements-optional.txt"
    wanted = required.read_text() + optional.read_text()
    stamp = ENVIRONMENT / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        print(f"the peers are installed in {ENVIRONMENT}")
        return
    if not python().exists():
        venv.create(ENVIRONMENT, with_pip=True)
    _pip(*BUILD_TOOLS).check_returncode()
    _pip("-r", str(required)).check_returncode()
    reasons = {}
    for line in optional.read_text().splitlines():
        if line and not line.startswith("#"):
            # As rows name it: scikit-surprise is surprise.
            name = line.split("==")[0].removeprefix("scikit-")
            done = _pip("-c", str(required), "--no-build-isolation", "--no-use-pep517", line)
            if done.returncode:
                reasons[name] = _reason(done.stderr)
                print(f"{name} could not be installed: {reasons[name]}", file=sys.stderr)
    (ENVIRONMENT / "not-installed.json").write_text(json.dumps(reasons, indent=1) + "\n")
    stamp.write_text(wanted)


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "-q", *arguments]
    print("pip install", *arguments, file=sys.stderr)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
    return done


def _reason(error: str) -> str:
    """The line of pip's error that says most: the last one that names an exception or an error."""
    lines = [line.strip() for line in error.splitlines() if "Error" in line or "error:" in line]
    return lines[-1][:200] if lines else "pip gave no reason"


if __name__ == "__main__":
    main()
