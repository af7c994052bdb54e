# Keeps one server for as long as standard input is open. Whoever holds the other end may end in any
# way, killed included: then the server stops and its folder goes.
#
# Wanted: BIN (programs), DIR (an empty folder of ours), PORT; arguments are passed to the server.
if "$BIN/initdb" -D "$DIR/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 \
  --pwfile="$DIR/password" -E UTF8 --locale=C --no-sync >"$DIR/log" 2>&1; then
  "$BIN/postgres" -D "$DIR/data" -k "$DIR" -p "$PORT" "$@" >>"$DIR/log" 2>&1 &
  server=$!
  cat >/dev/null
  kill -QUIT "$server" 2>/dev/null
  wait "$server"
else
  cat >/dev/null
fi
rm -rf "$DIR"
