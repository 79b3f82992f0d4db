"""Runs clients/scenarios.json with this client. Usage: scenarios.py URL [--asyncio], with a token in SNCGATE_TOKEN"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

import sncgate
from sncgate import pb

LIST = Path(__file__).resolve().parents[2] / "scenarios.json"


def main() -> None:
    url, name = sys.argv[1], "python-asyncio" if "--asyncio" in sys.argv else "python"
    document = json.loads(LIST.read_text(encoding="utf-8"))
    client_id = f"{document['clients'].index(name):012}"
    failed = asyncio.run(run_all(url, name, client_id, document["scenarios"]))
    sys.exit(1 if failed else 0)


async def run_all(url: str, name: str, client_id: str, scenarios: list[Any]) -> int:
    passed = failed = skipped = 0
    token = os.environ.get("SNCGATE_TOKEN")
    client: Any = (
        sncgate.AsyncClient(url, token=token)
        if name == "python-asyncio"
        else sncgate.Client(url, token=token)
    )
    for scenario in scenarios:
        if reason := scenario.get("skip", {}).get(name):
            print(f"skip  {scenario['name']}: {reason}")
            skipped += 1
            continue
        try:
            known: dict[str, Any] = {"client": name, "client_id": client_id}
            for number, step in enumerate(scenario["steps"], 1):
                await run(client, step, number, known)
            print(f"ok    {scenario['name']}")
            passed += 1
        except Exception as error:
            print(f"FAIL  {scenario['name']}: {type(error).__name__}: {error}")
            failed += 1
    closing = client.close()
    if inspect.isawaitable(closing):
        await closing
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed


async def run(client: Any, step: Any, number: int, known: dict[str, Any]) -> None:
    what = f"step {number}, {step['do']}"
    arguments = filled(step["with"], known)
    client = client.with_options(**options(arguments))
    try:
        answer = await METHODS[step["do"]](client, arguments)
    except sncgate.SncgateError as error:
        if "fails" not in step:
            raise AssertionError(f"{what}: {error.code.name} {error}") from error
        compare(filled(step["fails"], known), told(error), what)
        return
    if "fails" in step:
        raise AssertionError(f"{what}: did not fail, but returned {str(answer)[:500]}")
    if "as" in step:
        known[step["as"]] = answer
    if "expect" in step:
        compare(filled(step["expect"], known), answer, what)


def options(arguments: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "instance" in arguments:
        changed["instance"] = arguments.pop("instance")
    if "deadline_ms" in arguments:
        changed["deadline"] = arguments.pop("deadline_ms") / 1000
    return changed


def told(error: sncgate.SncgateError) -> dict[str, Any]:
    return {
        "code": error.code.name,
        "reason": error.reason,
        "message": error.message,
        "metadata": error.metadata,
        "violations": [one.field for one in error.violations],
        "retryable": error.retryable,
    }


# Placeholders and comparisons


def filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: filled(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, known) for one in value]
    if not isinstance(value, str):
        return value
    if whole := re.fullmatch(r"\$\{([^}]+)\}", value):
        return found(whole[1], known)
    return re.sub(r"\$\{([^}]+)\}", lambda match: str(found(match[1], known)), value)


def found(path: str, known: Any) -> Any:
    for key in path.split("."):
        known = known[int(key)] if isinstance(known, list) else known[key]
    return known


def compare(expected: Any, actual: Any, where: str) -> None:
    special = next(iter(expected), "") if isinstance(expected, dict) else ""
    if special == "$length":
        check(len(actual or ()) == expected[special], where, expected, len(actual or ()))
    elif special == "$matches":
        check(isinstance(actual, str) and re.search(expected[special], actual), where, expected, actual)
    elif special == "$not":
        check(actual != expected[special], where, expected, actual)
    elif special == "$has":
        for one in expected[special]:
            check(any(matches(one, item) for item in actual or ()), where, one, actual)
    elif isinstance(expected, dict):
        check(actual is None or isinstance(actual, dict), where, expected, actual)
        for key, one in expected.items():
            compare(one, (actual or {}).get(key), f"{where}.{key}")
    elif isinstance(expected, list):
        check(len(actual or ()) == len(expected), where, expected, actual)
        for index, one in enumerate(expected):
            compare(one, actual[index], f"{where}.{index}")
    else:
        check((expected or None) == (actual or None), where, expected, actual)


def matches(expected: Any, actual: Any) -> bool:
    try:
        compare(expected, actual, "")
        return True
    except AssertionError:
        return False


def check(holds: Any, where: str, expected: Any, actual: Any) -> None:
    if not holds:
        raise AssertionError(f"{where}: expected {json.dumps(expected)}, got {json.dumps(actual)[:500]}")


# What `do` names


def plain(message: Message) -> Any:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def parsed(arguments: dict[str, Any]) -> dict[str, Any]:
    if "query" in arguments:
        arguments["query"] = json_format.ParseDict(arguments["query"], pb.Query())
    if "display" in arguments:
        arguments["display"] = pb.DisplayMode.Value(arguments["display"])
    return arguments


async def awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def collected(items: Any) -> list[Any]:
    return [item async for item in items] if hasattr(items, "__aiter__") else list(items)


def one(name: str) -> Any:
    async def method(client: Any, arguments: dict[str, Any]) -> Any:
        answer = await awaited(getattr(client, name)(**parsed(arguments)))
        return plain(answer) if isinstance(answer, Message) else answer or {}

    return method


def several(name: str, key: str) -> Any:
    async def method(client: Any, arguments: dict[str, Any]) -> Any:
        items = await awaited(getattr(client, name)(**parsed(arguments)))
        return {key: [plain(item) for item in await collected(items)]}

    return method


async def count(client: Any, arguments: dict[str, Any]) -> Any:
    return await awaited(client.count(**parsed(arguments)))


async def list_pages(client: Any, arguments: dict[str, Any]) -> Any:
    pages = await collected(client.list_pages(**parsed(arguments)))
    return {
        "sizes": [len(page.records) for page in pages],
        "total": str(pages[-1].total_size),
        "records": [plain(record) for page in pages for record in page.records],
    }


async def stream(client: Any, arguments: dict[str, Any]) -> Any:
    wanted, pages = arguments.pop("pages", 0), []
    stream = client.stream_pages(**parsed(arguments))
    if hasattr(stream, "__aiter__"):
        async for page in stream:
            pages.append(page)
            if len(pages) == wanted:
                await stream.aclose()
                break
    else:
        for page in stream:
            pages.append(page)
            if len(pages) == wanted:
                break
    ids = [record.sys_id for page in pages for record in page.records]
    return {
        "count": len(ids),
        "unique": len(set(ids)),
        "first": ids[0] if ids else "",
        "last": ids[-1] if ids else "",
        "resume_token": pages[-1].resume_token,
        "sent": str(pages[-1].sent),
    }


async def aggregate(client: Any, arguments: dict[str, Any]) -> Any:
    arguments["display"] = arguments["query"].pop("display", None)
    groups = await awaited(client.aggregate(**parsed({k: v for k, v in arguments.items() if v is not None})))
    return {"groups": [plain(group) for group in groups]}


def many(name: str) -> Any:
    async def method(client: Any, arguments: dict[str, Any]) -> Any:
        messages = await collected(getattr(client, name)(**parsed(arguments)))
        return {
            "matched": str(messages[0].matched),
            "results": [plain(result) for message in messages for result in message.results],
        }

    return method


async def batch(client: Any, arguments: dict[str, Any]) -> Any:
    operations = [json_format.ParseDict(one, pb.Operation()) for one in arguments["operations"]]
    results = await collected(client.batch(operations))
    return {"results": [plain(result) for result in sorted(results, key=lambda result: result.id)]}


async def upload(client: Any, arguments: dict[str, Any]) -> Any:
    if "pattern" in arguments:
        source = bytes(i % 251 for i in range(arguments.pop("pattern")))
    else:
        source = arguments.pop("text").encode()
    return plain(await awaited(client.upload(source=source, **arguments)))


async def download(client: Any, arguments: dict[str, Any]) -> Any:
    content = b"".join(await collected(client.download(**arguments)))
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


async def journal(client: Any, arguments: dict[str, Any]) -> Any:
    if "kind" in arguments:
        arguments["kind"] = arguments["kind"].replace("JOURNAL_KIND_", "").lower()
    return {"entries": [plain(entry) for entry in await collected(client.journal(**arguments))]}


async def session(client: Any, arguments: dict[str, Any]) -> Any:
    signed_in, login = await awaited(client.login(**arguments))
    who = (await awaited(signed_in.who_am_i())).username
    kept: list[pb.Tokens] = []
    other = type(client)(sys.argv[1], refresh_token=login.tokens.refresh_token, keep=kept.append)
    resumed = (await awaited(other.who_am_i())).username
    ended = await awaited(other.logout())
    answer = {
        "who": who,
        "password_change_required": login.password_change_required,
        "resumed": resumed,
        "kept": len(kept),
        "ended": ended,
        "after": await refusal(other),
        "first": await refusal(signed_in),
    }
    await awaited(other.close())
    return answer


async def refusal(client: Any) -> str:
    try:
        await awaited(client.who_am_i())
    except sncgate.SncgateError as error:
        return error.reason
    return ""


async def create_task(client: Any, arguments: dict[str, Any]) -> Any:
    arguments["task"] = json_format.ParseDict(arguments["task"], pb.Task())
    return plain(await awaited(client.create_task(**arguments)))


async def tasks(client: Any, arguments: dict[str, Any]) -> Any:
    wanted = json_format.ParseDict(arguments["filter"], pb.TaskFilter())
    return {"tasks": [plain(task) for task in await collected(client.tasks(wanted))]}


METHODS = {
    "get": one("get"),
    "list": list_pages,
    "stream": stream,
    "count": count,
    "create": one("create"),
    "update": one("update"),
    "delete": one("delete"),
    "aggregate": aggregate,
    "create_many": several("create_many", "results"),
    "update_many": many("update_many"),
    "delete_many": many("delete_many"),
    "batch": batch,
    "import": several("import_rows", "results"),
    "upload": upload,
    "download": download,
    "attachment": one("attachment"),
    "attachments": several("attachments", "attachments"),
    "delete_attachment": one("delete_attachment"),
    "add_comment": one("add_comment"),
    "add_work_note": one("add_work_note"),
    "journal": journal,
    "tables": several("tables", "tables"),
    "schema": one("schema"),
    "explain": one("explain"),
    "operators": several("operators", "operators"),
    "info": one("info"),
    "session": session,
    "create_task": create_task,
    "tasks": tasks,
    "task": one("task"),
    "wait_for_task": one("wait_for_task"),
    "cancel_task": one("cancel_task"),
    "delete_task": one("delete_task"),
}

if __name__ == "__main__":
    main()
