#!/bin/sh
# Applies what was planned. A protected environment takes only the plan that somebody approved: its digest is given.
#   scripts/apply.sh ENVIRONMENT [DIGEST]
set -eu

if [ -n "${2-}" ]; then
  estate apply "plan-$1.json" --no-progress --approve "$2"
else
  estate apply "plan-$1.json" --no-progress
fi
