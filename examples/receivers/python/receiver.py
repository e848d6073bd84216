"""Takes webhooks as a service of yours would: verifies each message, answers at
once, drops what came before, and works afterwards. The standard library is enough.

python3 receiver.py [--listen HOST:PORT] [--secret whsec_…] [--fail N]
"""

import argparse
import base64
import collections
import hashlib
import hmac
import http.server
import os
import queue
import signal
import threading
import time

TOLERANCE = 300  # seconds that a message may be old, or from the future
MAX_BODY = 16 * 1024 * 1024  # bytes; one batch may be large


def say(line):
    """Prints a line in one piece, whatever other threads print."""
    print(line + "\n", end="", flush=True)


def verify(secret, headers, body):
    """Says whether the message is signed with the secret, and of now.

    With PyPI at hand: pip install standardwebhooks; Webhook(secret).verify(body, headers).
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    try:
        if abs(time.time() - int(timestamp)) > TOLERANCE:
            return False  # or somebody could send an old one again
    except ValueError:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode("latin-1") + body  # the bytes as they came
    want = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    signatures = headers.get("webhook-signature", "").encode("latin-1").split()
    return any(hmac.compare_digest(signature, want) for signature in signatures)  # two, while a secret is changed


class Recent:
    """The ids that came last. Bounded, and gone with the process: a service has a
    unique index in its database instead."""

    def __init__(self, size):
        self.size, self.lock, self.known = size, threading.Lock(), collections.OrderedDict()

    def add(self, message_id):
        """Says whether the id is new. Looking and adding are one step: of two
        doubles at the same time one alone is new."""
        with self.lock:
            if message_id in self.known:
                return False
            self.known[message_id] = True
            if len(self.known) > self.size:
                self.known.popitem(last=False)
            return True

    def remove(self, message_id):
        with self.lock:
            self.known.pop(message_id, None)


class Receiver:
    """Takes messages. What it has taken waits in memory, and is lost with the process.
    A service writes it down before it answers: one INSERT of id and body, on that
    unique index."""

    def __init__(self, secret, fail):
        self.secret, self.to_fail = secret, fail
        self.known, self.queue, self.lock = Recent(10_000), queue.Queue(1000), threading.Lock()

    def take(self, headers, body):
        """Says how to answer, and why. Work is only put into the queue here: a slow
        answer would be a failure to the sender."""
        if self.secret and not verify(self.secret, headers, body):
            return 400, "refused: no signature of ours, or not of now"
        with self.lock:
            if self.to_fail > 0:
                self.to_fail -= 1
                return 503, "fails on purpose"
        message_id = headers.get("webhook-id")
        if message_id and not self.known.add(message_id):
            return 204, f"double of {message_id}"
        try:
            self.queue.put_nowait((message_id, body))
        except queue.Full:  # it comes again later
            self.known.remove(message_id)
            return 503, "the queue is full"
        return 204, message_id

    def work(self):
        """Does what the messages ask for, one by one, until None comes."""
        while (message := self.queue.get()) is not None:
            message_id, body = message
            say(f"done {message_id}: {body.decode(errors='replace')}")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # connections that wait while others are taken


def handler(receiver):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version, timeout = "HTTP/1.1", 30

        def do_POST(self):
            status, note = self.read()
            say(f"{self.command} {self.path} → {status} {note}")
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_PATCH = do_POST

        def read(self):
            size = self.headers.get("Content-Length", "")
            if not size.isdecimal():
                self.close_connection = True
                return 411, "without its length"
            if len(size) > 9 or int(size) > MAX_BODY:
                self.close_connection = True
                return 413, "too large"
            body = self.rfile.read(int(size))
            if len(body) < int(size):
                return 400, "cut short"
            return receiver.take(self.headers, body)

        def log_message(self, *_):
            pass  # do_POST says it

    return Handler


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:9000", help="address to listen on")
    parser.add_argument("--secret", default=os.environ.get("WEBHOOK_SECRET", ""), help="the channel's signing secret; without it nothing is verified")
    parser.add_argument("--fail", type=int, default=0, help="how many messages to refuse, to see them tried again")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    receiver = Receiver(options.secret, options.fail)
    worker = threading.Thread(target=receiver.work)
    worker.start()
    with Server((host, int(port)), handler(receiver)) as server:
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        say(f"waiting for webhooks on http://{host}:{server.server_port}")
        server.serve_forever()
    receiver.queue.put(None)  # what was taken is worked off
    worker.join()


if __name__ == "__main__":
    main()
