#!/bin/sh
# Writes a comment on a pull request, or updates the one that begins with the same hidden line.
#   scripts/comment-github.sh FILE, with GITHUB_REPOSITORY, PULL_REQUEST and GH_TOKEN
set -eu

marker=$(head -n 1 "$1")
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
id=$(gh api --paginate "$comments" --jq '.[] | [.id, (.body | split("\n")[0] | rtrimstr("\r"))] | @tsv' |
  awk -F '\t' -v marker="$marker" '$2 == marker { print $1; exit }')
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$1" --silent
else
  gh api --method POST "$comments" --field "body=@$1" --silent
fi
