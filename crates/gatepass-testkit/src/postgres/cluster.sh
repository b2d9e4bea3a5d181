# A private PostgreSQL cluster that lives as long as standard input is open.
# Arguments: the folder of PostgreSQL's programs, the folder to make, the port on 127.0.0.1.
# Says "ready" when it takes connections. Whoever holds the other end of the pipe ends it by closing the pipe, and that
# also happens when that process is killed.
set -eu
bin=$1 dir=$2 port=$3
umask 077
mkdir "$dir"
server=
leave() {
    trap - EXIT
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || :
        wait "$server" 2>/dev/null || :
    fi
    rm -rf "$dir"
}
trap leave EXIT
"$bin/initdb" -D "$dir/data" -U test --auth=trust --no-sync -E UTF8 --locale=C >"$dir/log" 2>&1 </dev/null ||
    { cat "$dir/log" >&2; exit 1; }
"$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$dir" \
    -c fsync=off -c max_connections=200 >"$dir/log" 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.05
done
# Somebody else's server may have answered on the port.
kill -0 "$server" 2>/dev/null && grep -q "^$server\$" "$dir/data/postmaster.pid" || { cat "$dir/log" >&2; exit 1; }
echo ready
cat >/dev/null
