# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that misbehaves on request: copied as `core/__main__.py` below a made-up root, told by FAKE_MODE."""

import hashlib
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

mode = os.environ.get("FAKE_MODE", "good")
finishing = threading.Event()
cancelled = set()
queued = []
news = threading.Condition()


def send(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def read():
    for line in sys.stdin:
        message = json.loads(line)
        with news:
            if "cancel" in message:
                cancelled.add(message["cancel"])
                send(type="cancelling", id=message["cancel"])
            elif message.get("stop"):
                break
            elif message.get("finish"):
                finishing.set()
                send(type="finishing")
                nowhere = os.open(os.devnull, os.O_WRONLY)
                for descriptor in (1, 2):
                    os.dup2(nowhere, descriptor)
            else:
                queued.append(message)
            news.notify()
    if finishing.is_set():
        with news:
            queued.append(None)
            news.notify()
    elif mode != "deaf":
        os._exit(0)


def beat():
    while True:
        time.sleep(0.1)
        if mode != "silent":
            send(type="heartbeat", busy=None)


def work(request):
    name = request["id"]
    send(type="accepted", id=name)
    if mode == "garbage":
        sys.stdout.write('not json\n[1, 2]\n{"type": "progress", "id": "' + name + '"}\n' + "x" * 3_000_000 + "\n\n")
        sys.stdout.buffer.write(b"\xff\xfe{}\n")
        sys.stdout.flush()
        send(type="result", id="no such request", result={})
        send(type="result", id=name, result="not an object")
        send(type="brand-new", id=name)
    total = request["arguments"].get("steps", 100 if mode == "slow" else 5)
    for step in range(total):
        send(type="progress", id=name, stage="Tracking", done=step, total=total, seconds_left=0.1 * (total - step))
        if name in cancelled and mode != "stubborn":
            error = {"code": "cancelled", "exit_code": 130, "message": "Cancelled.", "hint": ""}
            return send(type="error", id=name, error=error, report="")
        if mode == "dies" and step == 2:
            sys.stderr.write("glibc: corrupted double-linked list\n")
            sys.stderr.flush()
            os.abort()
        if mode == "leaves" and step == 2:
            os._exit(3)
        time.sleep(request["arguments"].get("pause", 0.2 if mode == "slow" else 0.01))
        while step == 2 and Path(os.environ.get("FAKE_WAIT") or "/no/where").exists() and name not in cancelled:
            time.sleep(0.01)
    send(type="warning", id=name, message="Dark.")
    if request["verb"] == "match" and "FAKE_FOUND" in os.environ:
        found, output = json.loads(os.environ["FAKE_FOUND"]), request["arguments"]["output"]
        shutil.copy(found.pop("card"), output)
        asked = {
            "arguments": request["arguments"],
            "picture_bytes": Path(request["arguments"]["picture"]).stat().st_size,
        }
        return send(type="result", id=name, result={"verb": "match", "character": output, **found, **asked})
    if mode == "animate":
        output = Path(request["arguments"]["output"])
        shutil.copytree(os.environ["FAKE_TAKE"], output, dirs_exist_ok=True)
        record = json.loads((output / "result.json").read_text())
        record |= {key: request["arguments"][key] for key in ("picture", "clip", "fps") if key in request["arguments"]}
        record["asked"] = request["arguments"]
        (output / "result.json").write_text(json.dumps(record))
        return send(type="result", id=name, result=record)
    send(type="saved", id=name, path="/x/1.png")
    if mode == "refuses":
        error = {"code": "no-face", "exit_code": 4, "message": "No face.", "hint": "Try another."}
        if "FAKE_CODE" in os.environ:
            error |= {"code": os.environ["FAKE_CODE"], "message": os.environ["FAKE_MESSAGE"]}
            return send(type="error", id=name, error=error, report="")
        return send(type="error", id=name, error=error, report="Traceback ...")
    return send(
        type="result",
        id=name,
        result={
            "arguments": request["arguments"],
            "python": {key: value for key, value in os.environ.items() if key.startswith("PYTHON")},
            "folder": str(Path.cwd()),
        },
    )


if mode == "incomplete":
    import no_such_package_at_all  # noqa: F401
if mode == "mute":
    time.sleep(60)
lock = Path(os.environ["PYTHONPATH"], "requirements", "engine.lock").read_bytes()
hello = {
    "protocol": 2 if mode == "new protocol" else 1,
    "version": "9.9" if mode == "other version" else os.environ["FAKE_VERSION"],
    "lock": "0" * 64 if mode == "other lock" else hashlib.sha256(lock).hexdigest(),
}
if mode == "noise first":
    sys.stdout.write("Loading...\n")
send(type="hello", python="3", pid=os.getpid(), **hello)
for part in (read, beat):
    threading.Thread(target=part, daemon=True).start()
while True:
    with news:
        while not queued:
            news.wait()
        request = queued.pop(0)
    if request is None:
        os._exit(0)
    work(request)
