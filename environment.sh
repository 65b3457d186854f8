# Sourced by run_all.sh and run_tests.sh, which set `root`: makes $root/.venv from requirements.lock,
# once, by the hashes of requirements.hashes.lock where the index has those files. XLT_PYTHON names
# the interpreter; XLT_USE_UV=1 installs with uv instead of pip; XLT_EXTRAS names extras of
# pyproject.toml that are wanted besides, as gemma,quantization.

fail() {
    echo "error: $*" >&2
    exit 2
}

recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

interpreter() {
    if [ -n "${XLT_PYTHON:-}" ]; then
        command -v "$XLT_PYTHON" >/dev/null || fail "XLT_PYTHON is '$XLT_PYTHON', which cannot be run"
        recent "$XLT_PYTHON" ||
            fail "XLT_PYTHON is '$XLT_PYTHON', $("$XLT_PYTHON" -V 2>&1): Python 3.11 or newer is needed"
        echo "$XLT_PYTHON"
        return
    fi
    local name
    # 3.11 first: the lock was made with it
    for name in python3.11 python3.12 python3.13 python3 python; do
        if command -v "$name" >/dev/null && recent "$name"; then
            echo "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, found $(python3 -V 2>/dev/null || echo none):" \
        "install one, or name it as XLT_PYTHON=/path/to/python3.11"
}

quietly() {
    # what pip warns of is shown only when it matters: when it fails
    "$@" >"$log" 2>&1 && return
    tail -n 40 "$log" >&2
    fail "this did not work: $*"
}

verified() {
    # all but torch and what it brings along, whose files differ from one index to another
    "$@" --no-deps --require-hashes -r "$root/requirements.hashes.lock" >"$log" 2>&1 && return
    tail -n 3 "$log" >&2
    echo "warning: the packages could not be installed by the hashes of requirements.hashes.lock (see" \
        "above): going on by the versions of requirements.lock, WITHOUT checking what the files hold" >&2
}

make_environment() {
    local venv="$root/.venv" python log wanted
    local stamp="$venv/stamp"
    # the path, because an environment does not survive being moved
    wanted=$(echo "made in $root with '${XLT_EXTRAS:-}' from:" && cat "$root/requirements.lock" "$root/pyproject.toml")
    if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    python=$(interpreter)
    echo "making the environment in $venv (some minutes, once)"
    log=$(mktemp)
    # without pip: the making of it was cut short
    if ! { recent "$venv/bin/python" && "$venv/bin/python" -c 'import pip' 2>/dev/null; }; then
        quietly "$python" -m venv --clear "$venv"
    fi
    rm -f "$stamp"
    if [ "${XLT_USE_UV:-0}" = 1 ]; then
        command -v uv >/dev/null || fail "XLT_USE_UV=1, but there is no uv: install it, or unset XLT_USE_UV"
        verified uv pip install --python "$venv/bin/python"
        quietly uv pip install --python "$venv/bin/python" -r "$root/requirements.lock"
        quietly uv pip install --python "$venv/bin/python" --no-deps -e "$root"
        [ -z "${XLT_EXTRAS:-}" ] || quietly uv pip install --python "$venv/bin/python" \
            -c "$root/requirements.lock" -e "$root[$XLT_EXTRAS]"
    else
        verified "$venv/bin/python" -m pip install
        quietly "$venv/bin/python" -m pip install -r "$root/requirements.lock"
        quietly "$venv/bin/python" -m pip install --no-deps -e "$root"
        [ -z "${XLT_EXTRAS:-}" ] || quietly "$venv/bin/python" -m pip install \
            -c "$root/requirements.lock" -e "$root[$XLT_EXTRAS]"
    fi
    rm -f "$log"
    echo "$wanted" >"$stamp"
}

make_environment
