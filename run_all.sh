#!/usr/bin/env bash
# Runs notebooks 00 to 65: ./run_all.sh [--profile mini] [--data-dir FOLDER] [--plan] [--help] ...
# Makes its own environment first (see environment.sh); goes on where an earlier run stopped.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$root/environment.sh"
# -P: nothing is imported from the folder in which this is called
exec "$root/.venv/bin/python" -P -m xltlib run "$@"
