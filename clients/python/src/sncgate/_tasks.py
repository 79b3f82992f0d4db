"""Work in the background, for both clients: made, found, steered, watched across broken connections, waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

from . import _requests, pb
from ._requests import Call

FINISHED = (
    pb.TaskState.TASK_STATE_SUCCEEDED,
    pb.TaskState.TASK_STATE_FAILED,
    pb.TaskState.TASK_STATE_CANCELLED,
)


class Tasks:
    """What `Client` does about tasks."""

    def create_task(self, task: pb.Task, *, request_id: str | None = None) -> pb.Task:
        """Makes a task, or finds the one that has its unique_key. Its `parameters` say what is to be done."""
        return self._call(_requests.create_task(task, request_id)).task

    def task(self, id: str) -> pb.Task:
        """A task as it is now."""
        return self._call(_requests.task("GetTask", id)).task

    def tasks(self, filter: pb.TaskFilter | None = None) -> Iterator[pb.Task]:
        """The tasks of a filter that the caller may see, the newest first."""
        for page in self._pages(_requests.list_tasks(filter)):
            yield from page.tasks

    def cancel_task(self, id: str) -> pb.Task:
        """Ends a task: at once where it does not run, else at its next page."""
        return self._call(_requests.task("CancelTask", id)).task

    def pause_task(self, id: str) -> pb.Task:
        """Stops a task until `resume_task`: at once where it does not run, else at its next checkpoint."""
        return self._call(_requests.task("PauseTask", id)).task

    def resume_task(self, id: str) -> pb.Task:
        """Lets a paused task go on."""
        return self._call(_requests.task("ResumeTask", id)).task

    def retry_task(self, id: str) -> pb.Task:
        """Lets a task that failed or was cancelled begin again from its last checkpoint."""
        return self._call(_requests.task("RetryTask", id, safe=False)).task

    def delete_task(self, id: str) -> None:
        """Forgets a finished task; what it wrote stays."""
        self._call(_requests.task("DeleteTask", id, safe=False))

    def watch_task(self, id: str) -> Iterator[pb.Task]:
        """A task as it is, and after each change until it is finished. Goes on where the connection breaks."""
        request = pb.WatchTasksRequest(id=id)
        for message in self._resuming("tasks_stub", "WatchTasks", lambda: request):
            request.after_revision = message.revision
            yield from message.tasks

    def wait_for_task(self, id: str) -> pb.Task:
        """Waits until a task is finished, however that is, and gives it as it is then."""
        last = None
        for task in self.watch_task(id):
            last = task
        return last if last is not None and last.state in FINISHED else self.task(id)

    def _call(self, call: Call) -> Any:
        raise NotImplementedError

    def _pages(self, call: Call) -> Iterator[Any]:
        raise NotImplementedError

    def _resuming(self, stub: str, method: str, request: Callable[[], Any]) -> Iterator[Any]:
        raise NotImplementedError


class AsyncTasks:
    """What `AsyncClient` does about tasks."""

    async def create_task(self, task: pb.Task, *, request_id: str | None = None) -> pb.Task:
        """Makes a task, or finds the one that has its unique_key. Its `parameters` say what is to be done."""
        return (await self._call(_requests.create_task(task, request_id))).task

    async def task(self, id: str) -> pb.Task:
        """A task as it is now."""
        return (await self._call(_requests.task("GetTask", id))).task

    async def tasks(self, filter: pb.TaskFilter | None = None) -> AsyncIterator[pb.Task]:
        """The tasks of a filter that the caller may see, the newest first."""
        async for page in self._pages(_requests.list_tasks(filter)):
            for one in page.tasks:
                yield one

    async def cancel_task(self, id: str) -> pb.Task:
        """Ends a task: at once where it does not run, else at its next page."""
        return (await self._call(_requests.task("CancelTask", id))).task

    async def pause_task(self, id: str) -> pb.Task:
        """Stops a task until `resume_task`: at once where it does not run, else at its next checkpoint."""
        return (await self._call(_requests.task("PauseTask", id))).task

    async def resume_task(self, id: str) -> pb.Task:
        """Lets a paused task go on."""
        return (await self._call(_requests.task("ResumeTask", id))).task

    async def retry_task(self, id: str) -> pb.Task:
        """Lets a task that failed or was cancelled begin again from its last checkpoint."""
        return (await self._call(_requests.task("RetryTask", id, safe=False))).task

    async def delete_task(self, id: str) -> None:
        """Forgets a finished task; what it wrote stays."""
        await self._call(_requests.task("DeleteTask", id, safe=False))

    async def watch_task(self, id: str) -> AsyncIterator[pb.Task]:
        """A task as it is, and after each change until it is finished. Goes on where the connection breaks."""
        request = pb.WatchTasksRequest(id=id)
        async for message in self._resuming("tasks_stub", "WatchTasks", lambda: request):
            request.after_revision = message.revision
            for one in message.tasks:
                yield one

    async def wait_for_task(self, id: str) -> pb.Task:
        """Waits until a task is finished, however that is, and gives it as it is then."""
        last = None
        async for task in self.watch_task(id):
            last = task
        return last if last is not None and last.state in FINISHED else await self.task(id)

    async def _call(self, call: Call) -> Any:
        raise NotImplementedError

    def _pages(self, call: Call) -> AsyncIterator[Any]:
        raise NotImplementedError

    def _resuming(self, stub: str, method: str, request: Callable[[], Any]) -> AsyncIterator[Any]:
        raise NotImplementedError
