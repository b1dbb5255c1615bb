"""A client written from nothing but the text of ADR-007: scan the range, send one request, read one response."""
import json
import os
import socket
import sys


def find_resident():
    first = int(os.environ.get("SINGLEINSTANCE_PORT_START", 54000))
    last = int(os.environ.get("SINGLEINSTANCE_PORT_END", 54050))
    for port in range(first, last + 1):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=0.5)
        except OSError:
            continue
    return None


connection = find_resident()
if connection is None:
    sys.exit("no resident")
connection.settimeout(30)
connection.sendall(sys.argv[1].encode("utf-8"))
if len(sys.argv) > 2:  # "Ended by closing": the decision does not say how a request ends, so both ways are tried.
    connection.shutdown(socket.SHUT_WR)
response = json.loads(connection.makefile("rb").read())
print(json.dumps(response))
