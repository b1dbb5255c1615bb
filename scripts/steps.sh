# Steps of scripts/test, scripts/check and scripts/prove: each is timed, its whole output is kept in a log, and the end of a
# failed run says why, which single test to run again, and where the log is. To be sourced.
# shellcheck shell=bash

# Lines of a failed run's end: title, reason, what to run again, the log. The table of times stands above them.
reason_lines_max=30

# A fresh clone on the same machine takes up where the last one stopped.
if [ -z "${CARGO_TARGET_DIR:-}" ]; then
  CARGO_TARGET_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/bbdrop-target
  mkdir -p "$CARGO_TARGET_DIR" 2>/dev/null && [ -w "$CARGO_TARGET_DIR" ] || CARGO_TARGET_DIR=$PWD/target
fi
export CARGO_TARGET_DIR
mkdir -p "$CARGO_TARGET_DIR"

# One profile and one set of features for everything, so that crates are compiled once. Our own is compiled incrementally, in
# as many parts as a release has: what has not changed is not compiled again.
export CARGO_INCREMENTAL=1
build=(--locked --release --features inspection)
optimised=("${build[@]}" --config profile.release.package.bbdrop.codegen-units=16)
# From PyPI by scripts/test-tools.
# shellcheck disable=SC2034 # for those that source this
nextest=$CARGO_TARGET_DIR/tools/python/bin/cargo-nextest
script=$(basename "$0")
logs=$CARGO_TARGET_DIR/logs/$script
times=()
failed=before # title of the step that runs or has failed
has_passed=''
declare -A pids commands

# One run at a time in one target directory: another clone's build would replace the program under this one's tests.
# --close keeps the lock from being inherited by what the tests start.
lock() { # lock "$@"
  if [ "${BBDROP_TEST_LOCK:-}" != "$CARGO_TARGET_DIR" ]; then
    export BBDROP_TEST_LOCK=$CARGO_TARGET_DIR
    exec flock --close "$CARGO_TARGET_DIR/test.lock" "./scripts/$script" "$@"
  fi
  rm -rf "$logs"
  mkdir -p "$logs"
  trap end EXIT
  own_the_build
}

# Cargo goes by times of files: what another checkout has built since these were written would pass for theirs.
own_the_build() {
  local mark=$CARGO_TARGET_DIR/checkout
  [ "$(cat "$mark" 2>/dev/null)" = "$PWD" ] || touch build.rs src/lib.rs src/main.rs src/bin/*.rs tests/it/main.rs benches/*.rs examples/*.rs
  echo "$PWD" >"$mark"
}

# unoptimised WORD… -- cargo test, with our own crate linted as it is compiled, and not optimised: what is built so measures nothing.
# `cargo clippy` would have every other crate checked, too, beside compiling it: four minutes on a new machine.
unoptimised() {
  RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings \
    cargo test "${build[@]}" --config profile.release.package.bbdrop.opt-level=0 "$@"
}

# clippy_and_build -- everything that `cargo clippy --all-targets` would see.
clippy_and_build() {
  unoptimised --no-run --lib --test it --bench '*' --example '*'
}

log_of() { # log_of TITLE
  printf '%s/%s.log' "$logs" "$(tr -c 'A-Za-z0-9\n' '-' <<<"$1")"
}

# step TITLE COMMAND…
step() {
  local title=$1 began=$SECONDS
  shift
  stop_if_one_failed
  printf '\n==> %s\n' "$title"
  commands[$title]=$* failed=$title
  "$@" 2>&1 | tee "$(log_of "$title")"
  took $((SECONDS - began)) "$title"
}

# beside TITLE COMMAND… -- goes on at once; what it prints is shown by `join`.
beside() {
  local title=$1 log
  log=$(log_of "$title")
  shift
  printf '\n==> %s (goes on beside the next steps)\n' "$title"
  commands[$title]=$*
  # A process group of its own, so that all of it can be ended.
  set -m
  (
    began=$SECONDS
    trap 'echo "$? $((SECONDS - began))" >"$log.end"' EXIT
    "$@"
  ) >"$log" 2>&1 </dev/null &
  pids[$title]=$!
  set +m
}

# join TITLE… -- waits for what was started with `beside`.
join() {
  local title log code seconds
  for title in "$@"; do
    log=$(log_of "$title")
    wait "${pids[$title]}" || true
    unset "pids[$title]"
    printf '\n==> %s (went on beside)\n' "$title"
    cat "$log"
    failed=$title
    read -r code seconds <"$log.end"
    [ "$code" = 0 ] || exit "$code"
    took "$seconds" "$title (beside others)"
  done
}

# What failed beside is told before the next step begins.
stop_if_one_failed() {
  local title end
  for title in "${!pids[@]}"; do
    end=$(log_of "$title").end
    if [ -e "$end" ] && ! grep -q '^0 ' "$end"; then join "$title"; fi
  done
}

# all_passed -- the last line of a script: whatever ends it before, a signal too, is a failure.
all_passed() {
  has_passed=yes
}

took() { # took SECONDS TITLE
  times+=("$(printf '%5d s  %s' "$1" "$2")")
  echo "${times[-1]}"
}

end() {
  local code=$? title
  for title in "${!pids[@]}"; do kill -- "-${pids[$title]}" 2>/dev/null || true; done
  printf '\n==> Summary\n'
  [ ${#times[@]} = 0 ] || printf '%s\n' "${times[@]}"
  printf '%5d s  in all\n' "$SECONDS"
  if [ -n "$has_passed" ]; then
    echo "all passed"
  elif [ "$failed" = before ]; then
    echo "FAILED before the first step (exit code $code)"
  else
    explain "$failed" "$code"
  fi
}

explain() { # explain TITLE CODE
  local log name
  log=$(log_of "$1")
  printf '\nFAILED: %s (exit code %s)\n\n' "$1" "$2"
  reason "$log" | cut -c1-300 | head -n $reason_lines_max || true # awk may be told that nobody reads on
  echo
  name=$(failed_test "$log")
  if [ -n "$name" ]; then echo "Failed test: $name"; fi
  echo "Run again:   $(again "$1" "$name")"
  echo "Whole log:   $log"
}

# reason LOG -- the lines that say why: a failed check and what it printed, panics, errors of a compiler; else the last ones.
reason() {
  if grep -q '^FAIL  ' "$1"; then
    awk '/^FAIL  / { on = 1 } /^ok    |^$|passed, .* failed/ { on = 0 } on' "$1"
  elif grep -q 'panicked at' "$1"; then
    # nextest and libtest print a panic where it happens and again at the end.
    awk '/panicked at/ { left = 6 } left-- > 0 && !seen[$0]++' "$1"
  elif grep -qE '^error(\[|:)' "$1"; then
    awk '/^error(\[|:)/ { on = 1 } on' "$1"
  else
    tail -n $reason_lines_max "$1"
  fi
}

# failed_test LOG -- the first one: as nextest, libtest, or a script of checks names it.
failed_test() {
  sed -nE -e 's/^ +(TRY [0-9]+ )?(FAIL|TIMEOUT|SIG[A-Z]+|ABORT|LEAK-FAIL) +\[[^]]*\] +(\([^)]*\) +)?[^ ]+ +([^ ]+)$/\4/p' \
    -e 's/^test ([^ ]+) \.\.\. FAILED$/\1/p' -e 's/^FAIL  (.*) \(exit code [0-9]+\)$/\1/p' "$1" | head -n 1 || true
}

# again TITLE NAME -- the command for the one test, or for the step when no test has a name.
again() {
  local where="CARGO_TARGET_DIR=$CARGO_TARGET_DIR"
  case $1:$2 in
    "clippy and build":* | "library tests":) echo "./scripts/check" ;;
    *:) echo "$where ${commands[$1]}" ;;
    *"Wine: library and program"*) echo "$where ./scripts/windows cargo-test --exact $2" ;;
    *"library tests"*) echo "./scripts/check --exact $2" ;;
    *"program tests"* | *figures*) echo "$where BBDROP_E2E=1 cargo test ${optimised[*]} --test it -- --exact --nocapture $2" ;;
    *) echo "$where ${commands[$1]}" ;;
  esac
}
