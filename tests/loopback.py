"""A small OpenAI-compatible server on loopback that can fail in every way a server can."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

Chunk = dict[str, Any]


def chunk(text: str | None = None, finish: str | None = None, **delta: Any) -> Chunk:
    """One piece of a streamed answer."""
    said = {**delta, **({"content": text} if text is not None else {})}
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [choice]}


class Server(ThreadingHTTPServer):
    """``fault`` is how the next requests are answered; "" serves ``words``, ``calls`` and ``tops``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault = ""
        self.words = ["one ", "two ", "three ", "four ", "five ", "six"]
        self.calls: list[tuple[str, str]] = []
        self.tops: list[tuple[str, float]] = [("A", -0.5), (" B", -1.5)]
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        """The address as ``--model`` takes it."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    STATUS: ClassVar[dict[str, int]] = {"401": 401, "404": 404, "429": 429, "500": 500, "503": 503}

    def do_GET(self) -> None:
        if self._failed():
            return
        small = {"id": "small", "object": "model", "max_model_len": 4096}
        models = [] if self.server.fault == "no-models" else [small]
        self._json(200, {"object": "list", "data": models})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.keys.append(self.headers.get("Authorization", ""))
        if self._failed():
            return
        if self.server.fault == "no-max-tokens" and "max_tokens" in asked:
            self._json(400, {"error": {"message": "use max_completion_tokens", "param": "max_tokens"}})
            return
        if self.server.fault in asked:  # a parameter that this server does not know
            self._json(400, {"error": {"message": f"unknown field {self.server.fault}"}})
        elif self.server.fault == "too-long":
            said = {"message": "This model's maximum context length is 8 tokens.", "param": None}
            self._json(400, {"error": {**said, "code": "context_length_exceeded"}})
        elif "tools" in asked:
            self._call(asked)
        elif asked.get("logprobs"):
            self._rank()
        else:
            self._stream(asked)

    def _rank(self) -> None:
        top = [{"token": token, "logprob": value, "bytes": None} for token, value in self.server.tops]
        content = [{**top[0], "top_logprobs": top}] if top else []
        choice = {"index": 0, "message": {"role": "assistant", "content": "A"}, "finish_reason": "length"}
        said = {"id": "1", "object": "chat.completion", "created": 1, "model": "small"}
        self._json(200, {**said, "choices": [{**choice, "logprobs": {"content": content}}]})

    def _call(self, asked: dict[str, Any]) -> None:
        if self.server.fault == "no-tools":
            self._json(400, {"error": {"message": f"{asked['model']} does not support tools"}})
            return
        if self.server.fault == "cut":
            self._send(200, b'{"choices": [', "application/json", {})
            return
        calls = [
            {"id": f"c{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for n, (name, arguments) in enumerate(self.server.calls)
        ]
        message = {"role": "assistant", "content": None if calls else "No need.", "tool_calls": calls or None}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
        said = {"id": "1", "object": "chat.completion", "created": 1, "model": "small"}
        usage = {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}
        choices = [] if self.server.fault == "empty" else [choice]
        self._json(200, {**said, "choices": choices, "usage": usage})

    def _failed(self) -> bool:
        fault = self.server.fault
        if fault in self.STATUS:
            self._json(self.STATUS[fault], {"error": {"message": fault}}, {"Retry-After": "7"})
        elif fault == "hang":
            time.sleep(5)
        elif fault == "not-json":
            self._send(200, b"<html>hello</html>", "text/html", {})
        return fault in self.STATUS or fault in ("hang", "not-json")

    def _stream(self, asked: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for data in self._answer(asked):
                self.wfile.write(f"data: {data}\n\n".encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            return

    def _answer(self, asked: dict[str, Any]) -> list[str]:
        fault, told = self.server.fault, self._told(asked)
        whole = [*(chunk(text) for text in told), chunk(finish="stop")]
        match fault:
            case "cut":
                return [json.dumps(piece) for piece in whole[:2]]
            case "garbage":
                return [json.dumps(whole[0]), "{not json"]
            case "refusal":
                return [
                    json.dumps(chunk(refusal="I cannot help with that.")),
                    json.dumps(chunk(finish="stop")),
                ]
            case "filtered":
                return [json.dumps(chunk(finish="content_filter"))]
            case "empty":
                return [json.dumps(chunk(finish="stop")), "[DONE]"]
        return [*(json.dumps(piece) for piece in whole), "[DONE]"]

    def _told(self, asked: dict[str, Any]) -> list[str]:
        most = asked.get("max_tokens") or asked.get("max_completion_tokens")
        told = "".join(self.server.words[:most])
        for stop in asked.get("stop", ()):
            told = told.partition(stop)[0]
        return [told[at : at + 4] for at in range(0, len(told), 4)][:most]

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""
