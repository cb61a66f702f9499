#!/usr/bin/env bash
# Installs the Debian packages of commands that are missing. Arguments: command:package …
set -euo pipefail

packages=()
for pair in "$@"; do
	if ! command -v "${pair%%:*}" >/dev/null; then
		packages+=("${pair#*:}")
	fi
done
if [ ${#packages[@]} -eq 0 ]; then
	exit 0
fi

sudo=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "missing: ${packages[*]}. Install them as root, or install sudo, and run this again." >&2
		exit 1
	fi
	sudo=(sudo)
fi
if ! command -v apt-get >/dev/null; then
	echo "missing: ${packages[*]} (Debian's names). There is no apt-get here; install them by other means." >&2
	exit 1
fi
echo "installing ${packages[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}"
