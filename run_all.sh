#!/usr/bin/env bash
# Runs the notebooks: ./run_all.sh [--profile mini] [--data-dir FOLDER] [--plan] [--help] ...
# Makes its own environment first (see environment.sh); goes on where an earlier run stopped. Without
# options it also computes the published figures of the real model anew, from their records.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$root/environment.sh"
# -P: nothing is imported from the folder in which this is called
if [ $# -eq 0 ]; then
    "$root/.venv/bin/python" -P -m xltlib run
    exec "$root/.venv/bin/python" -P -m xltlib run --profile gemma --published
fi
exec "$root/.venv/bin/python" -P -m xltlib run "$@"
