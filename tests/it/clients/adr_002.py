"""A client written from nothing but the text of ADR-002: connect, send the path (or nothing), go away."""
import socket
import sys


def check_single_instance(folder_path):
    """True when another instance is running; it has the folder then."""
    try:
        connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=1)
    except OSError:
        return False
    connection.sendall(folder_path.encode("utf-8"))
    connection.close()
    return True


sys.exit(0 if check_single_instance(sys.argv[2]) else 1)
