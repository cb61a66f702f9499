#!/usr/bin/env bash
# Runs every fuzz target in turn. Arguments: pattern of names, time for each, and optionally a bound for all of them.
# A failing input stays where go test puts it, in testdata/fuzz beside the target: commit it with the mending change.
set -euo pipefail

pattern=$1
each=$2
all=${3:-}

mapfile -t targets < <(
	grep -rHoE --include='*_test.go' --exclude-dir=testdata '^func Fuzz[A-Za-z0-9_]*\(' cmd internal |
		sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*)\(|./\1 \2|' | sort -u | grep -E "$pattern" || true
)
if [ ${#targets[@]} -eq 0 ]; then
	echo "no fuzz target matches $pattern" >&2
	exit 1
fi

# With many targets the bound in all shortens the time of each; a second is the least that says anything.
if [ -n "$all" ]; then
	share=$((${all%s} / ${#targets[@]}))
	if [ "$share" -lt "${each%s}" ]; then
		each=$((share > 1 ? share : 1))s
	fi
fi

# The toolchain now and then reports its own deadline at the end of -fuzztime as a failure without a failing input.
# That alone is tried once more; anything else, and a second time, is a failure.
deadline() { grep -q 'context deadline exceeded' "$1" && ! grep -q 'Failing input written to' "$1"; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
	read -r dir name <<<"$target"
	# Making inputs smaller that only reach new code would take most of a short run.
	run=(go test -run '^$' -fuzz "^$name\$" -fuzztime "$each" -fuzzminimizetime 100x "$dir")
	echo "fuzz $dir $name for $each"
	if "${run[@]}" >"$log" 2>&1 || { deadline "$log" && "${run[@]}" >"$log" 2>&1; }; then
		tail -n 1 "$log"
	else
		cat "$log"
		exit 1
	fi
done
echo "fuzzed ${#targets[@]} targets for $each each"
