#!/bin/sh
# Plans one environment: the plan to apply, a page for the reviewer, and a comment for the merge request.
#   scripts/plan.sh ENVIRONMENT
set -eu

estate fmt --check
estate validate --env "$1"
estate plan --env "$1" --no-progress --out "plan-$1.json" --html "plan-$1.html"
{
  # The first line is hidden: the comment is found again by it, and updated.
  echo "<!-- estate plan: $1 -->"
  echo "### Plan for $1"
  echo '````'
  estate show "plan-$1.json" --sql
  echo '````'
} >"plan-$1.md"
