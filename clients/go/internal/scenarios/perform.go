package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	sncgate "github.com/sncgate/sncgate/clients/go"
	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// perform calls what `do` names, and returns its answer as JSON has it.
func perform(ctx context.Context, c *sncgate.Client, do string, with map[string]any) (any, error) {
	text := func(key string) string { value, _ := with[key].(string); return value }
	table, sysID := text("table"), text("sys_id")
	switch do {
	case "session":
		return session(ctx, c, text("username"), text("password"))
	case "get":
		return one(c.GetRecord(ctx, parsed(with, &pb.GetRecordRequest{})))
	case "list":
		return list(c.ListPages(ctx, parsed(with, &pb.ListRecordsRequest{})))
	case "stream":
		wanted, _ := with["pages"].(float64)
		delete(with, "pages")
		return stream(c.StreamPages(ctx, parsed(with, &pb.StreamRecordsRequest{})), int(wanted))
	case "count":
		count, err := c.Count(ctx, table, parsed(with, &pb.AggregateRecordsRequest{}).GetQuery())
		return float64(count), err
	case "create":
		return one(c.CreateRecord(ctx, parsed(with, &pb.CreateRecordRequest{})))
	case "update":
		return one(c.UpdateRecord(ctx, parsed(with, &pb.UpdateRecordRequest{})))
	case "delete":
		return map[string]any{}, c.DeleteRecord(ctx, parsed(with, &pb.DeleteRecordRequest{}))
	case "aggregate":
		return one(c.Aggregate(ctx, parsed(with, &pb.AggregateRecordsRequest{})))
	case "create_many":
		with["records"] = mapped(with["records"], func(fields any) any { return map[string]any{"fields": fields} })
		results, err := c.CreateMany(ctx, parsed(with, &pb.CreateRecordsRequest{}))
		return listOf("results", results), err
	case "update_many":
		return many(c.UpdateMany(ctx, parsed(with, &pb.UpdateRecordsRequest{})))
	case "delete_many":
		return many(c.DeleteMany(ctx, parsed(with, &pb.DeleteRecordsRequest{})))
	case "batch":
		operations := parsed(with, &pb.ExecuteBatchRequest{}).GetOperations()
		results, err := collect(c.Batch(ctx, slices.Values(operations)))
		slices.SortFunc(results, func(a, b *pb.OperationResult) int { return strings.Compare(a.GetId(), b.GetId()) })
		return listOf("results", results), err
	case "import":
		results, err := collect(c.Import(ctx, table, rows(with["rows"])))
		return listOf("results", results), err
	case "upload":
		return one(c.Upload(ctx, header(with), content(with)))
	case "download":
		offset, _ := with["offset"].(float64)
		return download(ctx, c, sysID, int64(offset))
	case "attachment":
		return one(c.GetAttachment(ctx, sysID))
	case "attachments":
		request := &pb.ListAttachmentsRequest{Table: table, RecordSysId: sysID}
		found, err := collect(c.ListAttachments(ctx, request))
		return listOf("attachments", found), err
	case "delete_attachment":
		return map[string]any{}, c.DeleteAttachment(ctx, parsed(with, &pb.DeleteAttachmentRequest{}))
	case "add_comment":
		return one(c.AddComment(ctx, table, sysID, text("text")))
	case "add_work_note":
		return one(c.AddWorkNote(ctx, table, sysID, text("text")))
	case "journal":
		entries, err := collect(c.Journal(ctx, parsed(with, &pb.ListJournalRequest{})))
		return listOf("entries", entries), err
	case "create_task":
		return one(c.CreateTask(ctx, parsed(with, &pb.CreateTaskRequest{})))
	case "task":
		return one(c.Task(ctx, text("id")))
	case "tasks":
		found, err := collect(c.Tasks(ctx, parsed(with, &pb.ListTasksRequest{}).GetFilter()))
		return listOf("tasks", found), err
	case "wait_for_task":
		return one(c.WaitForTask(ctx, text("id")))
	case "cancel_task":
		return one(c.CancelTask(ctx, text("id")))
	case "delete_task":
		return map[string]any{}, c.DeleteTask(ctx, text("id"))
	case "tables":
		tables, err := collect(c.Tables(ctx, text("contains")))
		return listOf("tables", tables), err
	case "schema":
		return one(c.Schema(ctx, table))
	case "explain":
		return one(c.Explain(ctx, table, parsed(with, &pb.ExplainQueryRequest{}).GetQuery()))
	case "operators":
		operators, err := c.Operators(ctx)
		return listOf("operators", operators), err
	case "info":
		return one(c.Info(ctx))
	default:
		return nil, fmt.Errorf("this runner does not know %q", do)
	}
}

func told(err *sncgate.Error) any {
	violations := []any{}
	for _, one := range err.Violations {
		violations = append(violations, one.Field)
	}
	metadata := map[string]any{}
	for key, value := range err.Metadata {
		metadata[key] = value
	}
	reason := sncgate.ReasonName(err.Reason)
	if err.Reason == pb.ErrorReason_ERROR_REASON_UNSPECIFIED {
		reason = ""
	}
	return map[string]any{
		"code": snake(err.Code.String()), "reason": reason, "message": err.Message,
		"metadata": metadata, "violations": violations, "retryable": err.Retryable(),
	}
}

// snake writes "NotFound" as "NOT_FOUND".
func snake(camel string) string {
	var whole strings.Builder
	for index, letter := range camel {
		if index > 0 && unicode.IsUpper(letter) {
			whole.WriteByte('_')
		}
		whole.WriteRune(unicode.ToUpper(letter))
	}
	return whole.String()
}

func parsed[M proto.Message](with map[string]any, into M) M {
	text, err := json.Marshal(with)
	if err == nil {
		err = protojson.Unmarshal(text, into)
	}
	if err != nil {
		panic(fmt.Sprintf("the list's arguments are no %T: %v", into, err))
	}
	return into
}

func plain(message proto.Message) any {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	var value any
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	if err != nil {
		panic(fmt.Sprintf("%T is no JSON: %v", message, err))
	}
	return value
}

func one[M proto.Message](message M, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return plain(message), nil
}

func listOf[M proto.Message](key string, messages []M) any {
	items := []any{}
	for _, message := range messages {
		items = append(items, plain(message))
	}
	return map[string]any{key: items}
}

func collect[T any](items iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

func mapped(items any, with func(any) any) any {
	var all []any
	for _, item := range items.([]any) {
		all = append(all, with(item))
	}
	return all
}

func list(pages iter.Seq2[*pb.ListRecordsResponse, error]) (any, error) {
	sizes, records, total := []any{}, []any{}, int64(0)
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, float64(len(page.GetRecords())))
		for _, record := range page.GetRecords() {
			records = append(records, plain(record))
		}
		total = page.GetTotalSize()
	}
	return map[string]any{"sizes": sizes, "records": records, "total": strconv.FormatInt(total, 10)}, nil
}

func stream(pages iter.Seq2[*pb.StreamRecordsResponse, error], wanted int) (any, error) {
	var ids []string
	last, taken := &pb.StreamRecordsResponse{}, 0
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		for _, record := range page.GetRecords() {
			ids = append(ids, record.GetSysId())
		}
		last, taken = page, taken+1
		if taken == wanted {
			break
		}
	}
	unique := maps.Collect(func(yield func(string, bool) bool) {
		for _, id := range ids {
			yield(id, true)
		}
	})
	return map[string]any{
		"count": float64(len(ids)), "unique": float64(len(unique)), "first": ids[0], "last": ids[len(ids)-1],
		"resume_token": last.GetResumeToken(), "sent": strconv.FormatInt(last.GetSent(), 10),
	}, nil
}

func many[M interface {
	GetMatched() int64
	GetResults() []*pb.OperationResult
}](messages iter.Seq2[M, error]) (any, error) {
	var results []*pb.OperationResult
	matched := int64(-1)
	for message, err := range messages {
		if err != nil {
			return nil, err
		}
		matched, results = message.GetMatched(), append(results, message.GetResults()...)
	}
	whole := listOf("results", results).(map[string]any)
	whole["matched"] = strconv.FormatInt(matched, 10)
	return whole, nil
}

func rows(list any) iter.Seq[map[string]string] {
	return func(yield func(map[string]string) bool) {
		for _, row := range list.([]any) {
			fields := map[string]string{}
			for key, value := range row.(map[string]any) {
				fields[key] = value.(string)
			}
			if !yield(fields) {
				return
			}
		}
	}
}

func header(with map[string]any) *pb.UploadHeader {
	header := &pb.UploadHeader{
		Table: with["table"].(string), RecordSysId: with["sys_id"].(string), FileName: with["file_name"].(string),
	}
	header.ContentType, _ = with["content_type"].(string)
	return header
}

func content(with map[string]any) io.Reader {
	if text, ok := with["text"].(string); ok {
		return strings.NewReader(text)
	}
	pattern := make([]byte, int(with["pattern"].(float64)))
	for index := range pattern {
		pattern[index] = byte(index % 251)
	}
	return bytes.NewReader(pattern)
}

func download(ctx context.Context, c *sncgate.Client, sysID string, offset int64) (any, error) {
	var content bytes.Buffer
	if _, err := c.DownloadFrom(ctx, sysID, offset, &content); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content.Bytes())
	return map[string]any{"size": float64(content.Len()), "sha256": hex.EncodeToString(sum[:])}, nil
}
