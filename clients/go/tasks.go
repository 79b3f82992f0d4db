package sncgate

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// CreateTask makes a task, or finds the one that has its unique key. A request without a request id gets one, so that it can be
// sent again safely.
func (c *Client) CreateTask(ctx context.Context, request *pb.CreateTaskRequest) (*pb.Task, error) {
	request = proto.CloneOf(request)
	request.RequestId = requestID(request.GetRequestId())
	answer, err := call(ctx, c, true, request, c.TaskStub().CreateTask)
	return part(answer.GetTask(), err)
}

// Task gets a task as it is now.
func (c *Client) Task(ctx context.Context, id string) (*pb.Task, error) {
	answer, err := call(ctx, c, true, &pb.GetTaskRequest{Id: id}, c.TaskStub().GetTask)
	return part(answer.GetTask(), err)
}

// Tasks reads the tasks of a filter that the caller may see, the newest first.
func (c *Client) Tasks(ctx context.Context, filter *pb.TaskFilter) iter.Seq2[*pb.Task, error] {
	request := &pb.ListTasksRequest{Filter: filter, PageSize: 500}
	return flat(pages(ctx, c, request, &request.PageToken, c.TaskStub().ListTasks), (*pb.ListTasksResponse).GetTasks)
}

// CancelTask ends a task: at once where it does not run, else at its next page.
func (c *Client) CancelTask(ctx context.Context, id string) (*pb.Task, error) {
	answer, err := call(ctx, c, true, &pb.CancelTaskRequest{Id: id}, c.TaskStub().CancelTask)
	return part(answer.GetTask(), err)
}

// PauseTask stops a task until ResumeTask: at once where it does not run, else at its next checkpoint.
func (c *Client) PauseTask(ctx context.Context, id string) (*pb.Task, error) {
	answer, err := call(ctx, c, true, &pb.PauseTaskRequest{Id: id}, c.TaskStub().PauseTask)
	return part(answer.GetTask(), err)
}

// ResumeTask lets a paused task go on.
func (c *Client) ResumeTask(ctx context.Context, id string) (*pb.Task, error) {
	answer, err := call(ctx, c, true, &pb.ResumeTaskRequest{Id: id}, c.TaskStub().ResumeTask)
	return part(answer.GetTask(), err)
}

// RetryTask lets a task that failed or was cancelled begin again from its last checkpoint.
func (c *Client) RetryTask(ctx context.Context, id string) (*pb.Task, error) {
	answer, err := call(ctx, c, false, &pb.RetryTaskRequest{Id: id}, c.TaskStub().RetryTask)
	return part(answer.GetTask(), err)
}

// DeleteTask forgets a finished task; what it wrote stays.
func (c *Client) DeleteTask(ctx context.Context, id string) error {
	_, err := call(ctx, c, false, &pb.DeleteTaskRequest{Id: id}, c.TaskStub().DeleteTask)
	return err
}

// WatchTask gives a task as it is, and after each change until it is finished. It goes on where the connection breaks.
func (c *Client) WatchTask(ctx context.Context, id string) iter.Seq2[*pb.Task, error] {
	return func(yield func(*pb.Task, error) bool) {
		request := &pb.WatchTasksRequest{Id: id}
		take := func(message *pb.WatchTasksResponse) bool {
			request.AfterRevision = message.GetRevision()
			for _, task := range message.GetTasks() {
				if !yield(task, nil) {
					return false
				}
			}
			return true
		}
		open := func(ctx context.Context) (grpc.ServerStreamingClient[pb.WatchTasksResponse], error) {
			return c.TaskStub().WatchTasks(ctx, request)
		}
		if failed := resuming(ctx, c, open, take); failed != nil {
			yield(nil, failed)
		}
	}
}

// WaitForTask waits until a task is finished, however that is, and gives it as it is then.
func (c *Client) WaitForTask(ctx context.Context, id string) (*pb.Task, error) {
	var last *pb.Task
	for task, err := range c.WatchTask(ctx, id) {
		if err != nil {
			return nil, err
		}
		last = task
	}
	switch last.GetState() {
	case pb.TaskState_TASK_STATE_SUCCEEDED, pb.TaskState_TASK_STATE_FAILED, pb.TaskState_TASK_STATE_CANCELLED:
		return last, nil
	default:
		return c.Task(ctx, id)
	}
}

// TaskStub is the generated client of TaskService.
func (c *Client) TaskStub() pb.TaskServiceClient { return pb.NewTaskServiceClient(c.connection) }
