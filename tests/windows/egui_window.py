"""The window of a running program, looked into and operated by accessible names: the protocol of the crate egui_inspection (a 4-byte length and
MessagePack over a socket of 127.0.0.1). Never guesses: what is not there after a while is an error."""

import socket
import struct
import time

import msgpack

PATIENCE_S = 60
SETTLE_STEPS = 300
PLAIN = [False] * 5


class Window:
    def __init__(self, port):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 2)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
        self.socket.settimeout(PATIENCE_S)
        assert self.read(8)[:4] == b"eins", "not an egui program"

    def read(self, length):
        data = b""
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            assert part, "the window is gone"
            data += part
        return data

    def ask(self, request):
        data = msgpack.packb(request)
        self.socket.sendall(struct.pack(">I", len(data)) + data)
        answer = msgpack.unpackb(self.read(struct.unpack(">I", self.read(4))[0]), raw=False, strict_map_key=False)
        assert not (isinstance(answer, dict) and "Error" in answer), answer
        return answer

    def nodes(self):
        """(role, name, value, bounds) of everything a screen reader sees."""
        for _, node in self.ask("GetTree")["Tree"][2][0]:
            known = node[-1] if isinstance(node[-1], dict) else {}
            yield node[0], known.get("label") or "", known.get("value") or "", known.get("bounds")

    def find(self, role, name, words=""):
        for its_role, label, value, bounds in self.nodes():
            if its_role == role and label == name and words in value and bounds:
                return bounds
        return None

    def wait_for(self, role, name, words=""):
        return eventually(f"{role} {name!r} {words!r}", lambda: self.find(role, name, words))

    def shows(self, words):
        return any(words in label or words in value for _, label, value, _ in self.nodes())

    def events(self, *events):
        self.ask({"ApplyEvents": [list(events)]})

    def click(self, role, name):
        left, top, right, bottom = self.wait_for(role, name)
        at = [(left + right) / 2, (top + bottom) / 2]
        self.events({"PointerMoved": at})
        self.events({"PointerButton": [at, "Primary", True, PLAIN]}, {"PointerButton": [at, "Primary", False, PLAIN]})
        self.settle()

    def settle(self):
        self.ask({"Settle": [SETTLE_STEPS]})

    def shot(self, path):
        path.write_bytes(self.ask({"GetScreenshot": [None]})["Screenshot"][1])


def eventually(what, look):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"still not: {what}"
