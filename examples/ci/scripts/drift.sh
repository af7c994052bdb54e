#!/bin/sh
# Looks for what somebody changed by hand. Ends with 2 when there is something; the report is written all the same.
#   scripts/drift.sh ENVIRONMENT FORMAT FILE
set -eu

estate drift --env "$1" --no-progress --format "$2" --out "$3"
