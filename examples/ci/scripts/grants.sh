#!/bin/sh
# Says how who can do what differs from what was kept last, on a page to be reviewed and as a summary. Ends with 2 when
# there is a difference that no `accept` block of the project takes.
#   scripts/grants.sh ENVIRONMENT
set -eu

now="grants-$1.json"
last="last/$now"
if [ ! -e "$last" ]; then
  estate grants show --from "$now" --format html >"grants-$1.html"
  echo "Nothing was kept of $1 before: all of it is to be reviewed." >"grants-$1.md"
  exit 0
fi
differs=0
estate grants diff "$last" "$now" --env "$1" --format html >"grants-$1.html" || differs=$?
estate grants diff "$last" "$now" --env "$1" --format markdown >"grants-$1.md" || differs=$?
exit "$differs"
