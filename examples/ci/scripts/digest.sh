#!/bin/sh
# Prints the digest of a plan: what an approver approves.
#   scripts/digest.sh ENVIRONMENT
set -eu

sed -n 's/^  "digest": "\([0-9a-f]*\)".*$/\1/p' "plan-$1.json"
