#!/usr/bin/env bash
# Runs the tests, two at a time: ./run_tests.sh [pytest's arguments]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$root/environment.sh"
cd "$root"
# one thread each: more workers than cores' threads slow each other down several times
export OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false
exec .venv/bin/python -m pytest -n 2 --dist loadfile "$@"
