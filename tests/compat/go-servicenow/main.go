// Drives the embedded instance with turbot/go-servicenow, unmodified from the Go module proxy, over HTTPS, and over HTTP
// where it says so. It reads only, and has no option for an authority of one's own: it trusts the one in SSL_CERT_FILE.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/turbot/go-servicenow/servicenow"
)

const (
	admin = "6816f79cc0a8016401c5a33be04be441"
	// Ends a script whose client waits for ever; below the deadline of the test that runs it.
	deadline = 100 * time.Second
)

var checks = []struct {
	name string
	run  func(instance) (string, error)
}{
	{"one_record", oneRecord},
	{"links", links},
	{"every_row_once_in_pages", pages},
	{"queries", queries},
	{"password_grant", passwordGrant},
	{"client_credentials", clientCredentials},
	{"errors", refusals},
	{"an_api_that_is_not_there", absent},
	{"over_http", overHTTP},
}

func main() {
	time.AfterFunc(deadline, func() {
		fmt.Println("FAIL   a check waits for ever")
		os.Exit(1)
	})
	at := fromEnvironment()
	fmt.Printf("go-servicenow v0.0.1 against %s\n", at.https)
	passed, failed := 0, 0
	for _, check := range checks {
		seen, err := check.run(at)
		if err != nil {
			failed++
			fmt.Printf("FAIL   %s: %v\n", check.name, err)
			continue
		}
		passed++
		fmt.Printf("ok     %s: %s\n", check.name, seen)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func oneRecord(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	var found struct {
		Result row `json:"result"`
	}
	if err := client.NowTable.Get("sys_user", admin, true, &found); err != nil {
		return "", err
	}
	names := []string{found.Result["user_name"], found.Result["name"], found.Result["active"]}
	return names[1], same("admin", names, []string{"admin", "System Administrator", "true"})
}

func links(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	var found struct {
		Result struct {
			Department struct{ Link, Value string } `json:"department"`
		} `json:"result"`
	}
	if err := client.NowTable.Get("sys_user", admin, false, &found); err != nil {
		return "", err
	}
	department := found.Result.Department
	return department.Link, same("link", department.Link, at.https+"/api/now/table/cmn_department/"+department.Value)
}

func pages(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	whole, err := rows(client, "incident", "ORDERBYDESCnumber", 10_000)
	if err != nil {
		return "", err
	}
	numbers := column(whole, "number")
	ascending := sorted(numbers)
	for i, number := range numbers {
		if number != ascending[len(ascending)-1-i] {
			return "", fmt.Errorf("not descending: %v", numbers)
		}
	}
	for _, size := range []int{7, 60} {
		paged, err := rows(client, "incident", "ORDERBYDESCnumber", size)
		if err != nil {
			return "", err
		}
		if err := same(fmt.Sprintf("in pages of %d", size), column(paged, "number"), numbers); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d rows", len(numbers)), nil
}

func queries(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	all, err := rows(client, "incident", "", 10_000)
	if err != nil {
		return "", err
	}
	cases := []struct {
		query string
		holds func(row) bool
	}{
		{"priority=3", func(r row) bool { return r["priority"] == "3" }},
		{"priority<3^ORpriority=5^state!=7", func(r row) bool {
			return (r["priority"] < "3" || r["priority"] == "5") && r["state"] != "7"
		}},
		{"priority=2^NQstate=2", func(r row) bool { return r["priority"] == "2" || r["state"] == "2" }},
		{"assigned_toISEMPTY", func(r row) bool { return r["assigned_to"] == "" }},
		{"numberENDSWITH7", func(r row) bool { return strings.HasSuffix(r["number"], "7") }},
		{"no_such_field=1", func(row) bool { return true }},
	}
	for _, each := range cases {
		found, err := rows(client, "incident", each.query, 10_000)
		if err != nil {
			return "", err
		}
		var expected []string
		for _, r := range all {
			if each.holds(r) {
				expected = append(expected, r["number"])
			}
		}
		if err := same(each.query, sorted(column(found, "number")), sorted(expected)); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d queries over %d incidents", len(cases), len(all)), nil
}

// me is the user name of the caller.
func me(client *servicenow.ServiceNow) (string, error) {
	found, err := rows(client, "sys_user", "sys_id=javascript:gs.getUserID()", 10)
	if err != nil {
		return "", err
	}
	return strings.Join(column(found, "user_name"), ","), nil
}

func passwordGrant(at instance) (string, error) {
	client, err := at.oauth("password", "itil", "itil", at.clientSecret)
	if err != nil {
		return "", err
	}
	name, err := me(client)
	if err != nil {
		return "", err
	}
	_, wrong := at.oauth("password", "itil", "wrong", at.clientSecret)
	_, stranger := at.oauth("password", "itil", "itil", "wrong")
	return fmt.Sprint(wrong), first(
		same("who am I", name, "itil"),
		same("a wrong password is refused", status(wrong), 401),
		same("a wrong secret is refused", status(stranger), 401),
	)
}

func clientCredentials(at instance) (string, error) {
	client, err := at.oauth("client_credentials", "unused", "unused", at.clientSecret)
	if err != nil {
		return "", err
	}
	name, err := me(client)
	return name, first(err, same("the client stands for", name, "admin"))
}

// status is that of the answer that became the error; 0 where it is no answer's.
func status(err error) int {
	var refusal *servicenow.HTTPError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return 0
}

func refusals(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	stranger, err := at.basic("wrong")
	if err != nil {
		return "", err
	}
	var nothing any
	_, unknown := rows(client, "no_such_table", "", 1)
	missing := client.NowTable.Get("incident", strings.Repeat("ab", 16), true, &nothing)
	_, wrong := rows(stranger, "incident", "", 1)
	return fmt.Sprint(unknown), first(
		same("an unknown table", unknown, error(&servicenow.HTTPError{Code: 400, Message: "Invalid table no_such_table"})),
		same("a missing record", missing, error(&servicenow.HTTPError{
			Code: 404, Message: "No Record found",
			Detail: "Record doesn't exist or ACL restricts the record retrieval",
		})),
		same("a wrong password", wrong, error(&servicenow.HTTPError{
			Code: 401, Message: "User Not Authenticated", Detail: "Required to provide Auth information",
		})),
	)
}

// absent asks the Contact and Change Management APIs, which plugins bring: an instance without them says so.
func absent(at instance) (string, error) {
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	var changes any
	_, contact := client.NowContact.List(1, 0)
	change := client.SnChgRestChange.List(1, 0, "", &changes)
	message := "Requested URI does not represent any resource"
	for _, err := range []error{contact, change} {
		var refusal *servicenow.HTTPError
		if !errors.As(err, &refusal) {
			return "", fmt.Errorf("no refusal: %v", err)
		}
		if err := same("refusal", []any{refusal.Code, refusal.Message}, []any{400, message}); err != nil {
			return "", err
		}
	}
	return message, nil
}

func overHTTP(at instance) (string, error) {
	at.https = at.http
	client, err := at.basic(at.password)
	if err != nil {
		return "", err
	}
	name, err := me(client)
	return name, first(err, same("who am I", name, at.username))
}
