#!/usr/bin/env bash
# What the action does: installs concbench apart from the code under test, finds the base, and runs `concbench check`.
# Every input is a variable CHECK_..., empty where it was not given. CONCBENCH names a command that is installed already.
set -euo pipefail

if [[ -z ${CONCBENCH:-} ]]; then
  environment=$(mktemp -d)/concbench
  "${CHECK_PYTHON:-python3}" -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"
  CONCBENCH=$environment/bin/concbench
fi

against=${CHECK_AGAINST:-}
if [[ -z $against ]]; then
  if [[ -n ${GITHUB_BASE_REF:-} ]]; then
    # A checkout of a pull request has its merge commit only; what is to be compared with is fetched by itself.
    git fetch --quiet --no-tags --depth=1 origin "$GITHUB_BASE_REF"
    against=$(git rev-parse FETCH_HEAD)
  else
    if ! git rev-parse --verify --quiet 'HEAD~1^{commit}' > /dev/null; then
      git fetch --quiet --no-tags --deepen=1
    fi
    against=HEAD~1
  fi
fi

arguments=(check --against "$against" --verbose)
[[ -n ${CHECK_CONFIG:-} ]] && arguments+=(--config "$CHECK_CONFIG")
[[ -n ${CHECK_PYTEST:-} ]] && arguments+=(--pytest "$CHECK_PYTEST")
[[ -n ${CHECK_SETUP:-} ]] && arguments+=(--setup "$CHECK_SETUP")
[[ -n ${CHECK_BUDGET:-} ]] && arguments+=(--budget "$CHECK_BUDGET")
[[ -n ${CHECK_UNDECIDED:-} ]] && arguments+=(--undecided "$CHECK_UNDECIDED")
[[ -n ${CHECK_SUMMARY:-} ]] && arguments+=(--summary "$CHECK_SUMMARY")
[[ -n ${CHECK_JUNIT:-} ]] && arguments+=(--junit "$CHECK_JUNIT")
[[ -n ${CHECK_JSON:-} ]] && arguments+=(--json "$CHECK_JSON")
exec "$CONCBENCH" "${arguments[@]}"
